"""The room, the light and the camera of the sample interview: one frame at a time, by VTK."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import sample_head as head
import sample_surfaces as surfaces
import vtk
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy

WIDTH, HEIGHT = 640, 480
CAPTION = "SYNTHETIC SAMPLE: not a real person"
NECK_PIVOT = (0.0, -8.0, -4.0)  # the head turns about this point


class Scene:
    """A window that is never shown; `frame` renders one picture of the talking head."""

    def __init__(self, bundle: Path) -> None:
        self.face = head.DeformableFace(bundle)
        self.renderer = vtk.vtkRenderer()
        self.renderer.UseFXAAOn()
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(0)  # FXAA costs a third of it in software
        self.window.SetSize(WIDTH, HEIGHT)
        self.window.AddRenderer(self.renderer)
        self.head_parts: list[vtk.vtkActor] = []
        self._build()
        self._light()
        self.caption = caption()

    def frame(
        self,
        strength: Mapping[str, float],
        turn: tuple[float, float, float] = (0.0, 0.0, 0.0),
        shift: tuple[float, float, float] = (0.0, 0.0, 0.0),
        gaze: tuple[float, float] = (0.0, 0.0),
    ) -> np.ndarray:
        """RGB picture (HEIGHT, WIDTH, 3), uint8.

        Parameters
        ----------
        strength : strengths of `DeformableFace.SHAPES`
        turn : pitch, yaw and roll of the head, degrees
        shift : of the whole person, cm
        gaze : pitch and yaw of the eyes, degrees, relative to the head
        """
        points = self.face.points(strength)
        self._move_points(self.face_data, points)
        pose = vtk.vtkTransform()
        pose.Translate(*shift)
        body_pose = vtk.vtkTransform()
        body_pose.Translate(*shift)
        pose.Translate(*NECK_PIVOT)
        pose.RotateY(turn[1])
        pose.RotateX(turn[0])
        pose.RotateZ(turn[2])
        pose.Translate(*(-c for c in NECK_PIVOT))
        for actor in self.head_parts:
            actor.SetUserTransform(pose)
        for centre, actor in zip(head.EYE_CENTRES, self.eyes, strict=True):
            eye = vtk.vtkTransform()
            eye.SetMatrix(pose.GetMatrix())
            eye.Translate(*centre)
            eye.RotateY(gaze[1])
            eye.RotateX(gaze[0])
            actor.SetUserTransform(eye)
        self.body.SetUserTransform(body_pose)
        return self._picture()

    def _picture(self) -> np.ndarray:
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        grab.ShouldRerenderOff()
        grab.Update()
        image = grab.GetOutput()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(HEIGHT, WIDTH, -1)
        picture = pixels[::-1, :, :3].astype(np.float32)
        cover = self.caption[..., 3:] / 255.0
        return (picture * (1 - cover) + self.caption[..., :3] * cover).round().astype(np.uint8)

    def _build(self) -> None:
        face = self.face
        self.face_data = surface(face.points({}), face.triangles, face.texture * [1, -1] + [0, 1])
        self._add_to_head(actor_of(self.face_data, face.skin(), shine=0.16, power=14))
        self._add_skull()
        self._add_hair()
        self._add_mouth()
        self.eyes = [self._eye() for _ in head.EYE_CENTRES]
        self.body = self._body()
        room = vtk.vtkTexture()
        room.SetInputData(image_data(background()))
        room.InterpolateOn()
        self.renderer.SetBackgroundTexture(room)
        self.renderer.TexturedBackgroundOn()

    def _add_to_head(self, actor: vtk.vtkActor) -> None:
        self.renderer.AddActor(actor)
        self.head_parts.append(actor)

    def _add_skull(self) -> None:
        """From the edge of the face backwards and, below, to the neck."""
        edge = self.face.rest[[*head.OVAL, head.OVAL[0]]]
        inner = edge * [0.97, 0.985, 1.0] + [0, 0, -0.05]
        middle = edge * [0.93, 0.90, 0.0] + [0, -0.4, -2.2]
        back = edge * [0.75, 0.70, 0.0] + [0, -0.6, -9.0]
        points, texture, triangles = surfaces.loft(np.stack([inner, middle, back]), 73, 12)
        data = surface(points, triangles, texture)
        plain = Image.new("RGB", (8, 8), tuple(int(c * 0.86) for c in head.SKIN))
        self._add_to_head(actor_of(data, plain, shine=0.05, power=10))

    def _add_hair(self) -> None:
        picture = surfaces.hair_texture()
        for side in (1.0, -1.0):
            rails = surfaces.HAIR_RAILS * [side, 1, 1]
            fade = np.linspace(1, 0, rails.shape[1]) ** 2
            rails[..., 0] += -1.6 * fade  # the parting is off the middle
            points, texture, triangles = surfaces.loft(rails, 60, 60)
            data = surface(points, triangles, texture)
            self._add_to_head(actor_of(data, picture, shine=0.28, power=24))

    def _add_mouth(self) -> None:
        x, y = np.meshgrid(np.linspace(-2.2, 2.2, 21), np.linspace(-6.2, -3.6, 11))
        x = x * np.clip(1 + 0.22 * (y + 4.4), 0.5, 1)
        cavity = np.stack([x, y, 3.6 - 0.16 * x**2 + 0.35 * np.minimum(0, y + 4.6)], -1)
        self._add_patch(cavity, (62, 20, 22), 0.0)
        x, y = np.meshgrid(np.linspace(-1.75, 1.75, 29), np.linspace(-4.42, -3.4, 5))
        teeth = np.stack([x, y + 0.035 * x**2, 4.72 - 0.15 * x**2], -1)
        self._add_patch(teeth, (236, 230, 218), 0.15)

    def _add_patch(self, grid: np.ndarray, colour: tuple[int, int, int], shine: float) -> None:
        points, texture, triangles = surfaces.grid_surface(grid)
        data = surface(points, triangles, texture)
        self._add_to_head(actor_of(data, Image.new("RGB", (8, 8), colour), shine, 20))

    def _eye(self) -> vtk.vtkActor:
        u, v = np.meshgrid(np.linspace(0, 1, 49), np.linspace(0, 1, 25))
        around, down = (u - 0.5) * 2 * np.pi, v * np.pi
        ball = np.stack(
            [np.sin(down) * np.sin(around), -np.cos(down), np.sin(down) * np.cos(around)], -1
        )
        points, texture, triangles = surfaces.grid_surface(ball * head.EYE_RADIUS_CM)
        actor = actor_of(surface(points, triangles, texture), surfaces.eye_texture(), 0.6, 60)
        self.renderer.AddActor(actor)
        return actor

    def _body(self) -> vtk.vtkActor:
        points, texture, triangles = surfaces.body_surface()
        actor = actor_of(surface(points, triangles, texture), surfaces.body_texture(), 0.04, 10)
        self.renderer.AddActor(actor)
        return actor

    def _light(self) -> None:
        for position, colour, strength in (
            ((-28, 26, 46), (1.0, 0.96, 0.90), 0.84),
            ((34, 6, 40), (0.86, 0.92, 1.0), 0.34),
            ((10, 30, -30), (1.0, 0.98, 0.95), 0.35),
        ):
            light = vtk.vtkLight()
            light.SetPosition(*position)
            light.SetFocalPoint(0, -2, 0)
            light.SetColor(*colour)
            light.SetIntensity(strength)
            self.renderer.AddLight(light)
        camera = self.renderer.GetActiveCamera()
        camera.SetPosition(0, -2.5, 78)
        camera.SetFocalPoint(0, -4.0, 0)
        camera.SetViewAngle(26)
        camera.SetClippingRange(20, 200)

    @staticmethod
    def _move_points(data: vtk.vtkPolyData, points: np.ndarray) -> None:
        vtk_to_numpy(data.GetPoints().GetData())[:] = points
        data.GetPoints().Modified()
        triangles = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        vtk_to_numpy(data.GetPointData().GetNormals())[:] = normals(points, triangles)
        data.GetPointData().GetNormals().Modified()


def normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals (N, 3) of the points: the mean over their triangles, weighted by area."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    of_triangle = np.cross(b - a, c - a)
    total = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(of_triangle[:, k], 3), len(points))
            for k in range(3)
        ],
        axis=1,
    )
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)


def surface(points: np.ndarray, triangles: np.ndarray, texture: np.ndarray) -> vtk.vtkPolyData:
    """A VTK surface with normals and texture coordinates (v upwards)."""
    data = vtk.vtkPolyData()
    corners = vtk.vtkPoints()
    corners.SetData(numpy_to_vtk(np.ascontiguousarray(points, dtype=np.float64), deep=True))
    data.SetPoints(corners)
    cells = vtk.vtkCellArray()
    offsets = np.arange(0, 3 * len(triangles) + 1, 3)
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets.astype(np.int64), deep=True),
        numpy_to_vtkIdTypeArray(np.ascontiguousarray(triangles.ravel(), np.int64), deep=True),
    )
    data.SetPolys(cells)
    data.GetPointData().SetNormals(numpy_to_vtk(normals(points, triangles), deep=True))
    data.GetPointData().SetTCoords(
        numpy_to_vtk(np.ascontiguousarray(texture, dtype=np.float32), deep=True)
    )
    return data


def image_data(image: Image.Image) -> vtk.vtkImageData:
    pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[::-1])
    data = vtk.vtkImageData()
    data.SetDimensions(image.width, image.height, 1)
    data.GetPointData().SetScalars(numpy_to_vtk(pixels.reshape(-1, 3), deep=True))
    return data


def actor_of(
    data: vtk.vtkPolyData, picture: Image.Image, shine: float, power: float
) -> vtk.vtkActor:
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(data)
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    texture = vtk.vtkTexture()
    texture.SetInputData(image_data(picture))
    texture.InterpolateOn()
    texture.MipmapOn()
    actor.SetTexture(texture)
    look = actor.GetProperty()
    look.SetInterpolationToPhong()
    look.SetAmbient(0.26)
    look.SetDiffuse(0.86)
    look.SetSpecular(shine)
    look.SetSpecularPower(power)
    return actor


def background() -> Image.Image:
    """A room out of focus: a wall, a window, a shelf and a plant."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (196, 200, 200))
    draw = ImageDraw.Draw(image)
    for x in range(WIDTH):
        level = 1.04 - 0.22 * x / WIDTH
        draw.line((x, 0, x, HEIGHT), fill=tuple(int(c * level) for c in (190, 194, 194)))
    draw.rectangle((24, 20, 150, 270), fill=(236, 241, 246))
    draw.line((87, 20, 87, 270), fill=(206, 210, 212), width=6)
    for y, books in ((150, (472, 500, 520, 552, 590)), (260, (480, 512, 540, 566, 600))):
        draw.rectangle((452, y, 640, y + 9), fill=(134, 108, 84))
        for i, x in enumerate(books):
            colour = ((150, 84, 70), (82, 106, 128), (186, 164, 120), (96, 120, 98))[i % 4]
            draw.rectangle((x, y - 62 + 7 * (i % 3), x + 17, y), fill=colour)
    for i in range(9):
        angle = np.pi * (0.1 + 0.1 * i)
        tip = (70 + 80 * np.cos(angle), 360 - 110 * np.sin(angle))
        draw.line((70, 380, *tip), fill=(86, 126, 88), width=15)
    draw.rectangle((42, 372, 100, 440), fill=(168, 120, 94))
    return image.filter(ImageFilter.GaussianBlur(9))


def caption() -> np.ndarray:
    """(HEIGHT, WIDTH, 4): the label that every frame carries."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, HEIGHT - 22, WIDTH, HEIGHT), fill=(20, 24, 30, 170))
    font = ImageFont.load_default(size=13)
    width = draw.textlength(CAPTION, font=font)
    draw.text(((WIDTH - width) / 2, HEIGHT - 19), CAPTION, font=font, fill=(255, 255, 255, 235))
    return np.asarray(image).astype(np.float32)

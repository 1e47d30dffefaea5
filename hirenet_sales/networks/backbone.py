"""Base class of all frame-level CNNs."""

from __future__ import annotations

from torch import nn

from hirenet_sales.errors import ConfigError


class Backbone(nn.Module):
    """A CNN from pictures (N, H, W, 3) on [0, 1] to vectors (N, width).

    Attributes
    ----------
    name : one of BACKBONES
    width : size of the vector
    points : names of its layers, from the picture on, where freezing may end
    """

    name: str
    width: int
    points: tuple[str, ...]

    def freeze(self, before: str | None) -> None:
        """Freeze the layers before the one named `before`: weights and statistics.

        Parameters
        ----------
        before : the first layer that is trained; "all" freezes every layer, None none

        Raises
        ------
        ConfigError
            if there is no such layer.
        """
        if before not in (None, "all", *self.points):
            raise ConfigError(
                f"{self.name} has no layer '{before}'; name one of {', '.join(self.points)}, or all"
            )
        count = len(self.points) if before == "all" else 0
        if before in self.points:
            count = self.points.index(str(before))
        self._freeze(self.points[:count])

    def _freeze(self, points: tuple[str, ...]) -> None:
        raise NotImplementedError


def parameter_count(module: nn.Module) -> int:
    """Number of stored values of a network: weights, and the statistics of normalisation.

    As Keras counts them, so that its published counts compare.
    """
    return sum(value.numel() for value in module.state_dict().values() if value.is_floating_point())

"""Residual networks of basic blocks, on pictures and on one-dimensional signals.

He, Zhang, Ren, Sun 2016, "Deep Residual Learning for Image Recognition", table 1: ResNet-18 and
ResNet-34 up to the global average pooling, shortcut B. Deviations:
1. `dims=1` has the same network on a signal. With `squared`, kernels and strides are the squares
   of those on pictures (49, 9 and 4 for 7, 3 and 2), so that a kernel sees as many samples as a
   picture's sees pixels (Deep Impression, repository of its authors).
2. `small_input` replaces the first layer and the pooling by one layer with stride 1, for pictures
   of 32 to 64 pixels or signals of some hundred values.
"""

from __future__ import annotations

from torch import Tensor, nn

from hirenet_sales.errors import ConfigError

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
CONV: dict[int, type[nn.Conv1d] | type[nn.Conv2d]] = {1: nn.Conv1d, 2: nn.Conv2d}
NORM: dict[int, type[nn.BatchNorm1d] | type[nn.BatchNorm2d]] = {
    1: nn.BatchNorm1d,
    2: nn.BatchNorm2d,
}
POOL: dict[int, type[nn.MaxPool1d] | type[nn.MaxPool2d]] = {1: nn.MaxPool1d, 2: nn.MaxPool2d}


def _convolution(dims: int, inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        CONV[dims](inputs, outputs, kernel, stride, kernel // 2, bias=False), NORM[dims](outputs)
    )


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut: y = relu(F(x) + x), or W x where the shape changes."""

    def __init__(self, dims: int, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.first = _convolution(dims, inputs, outputs, kernel, stride)
        self.second = _convolution(dims, outputs, outputs, kernel, 1)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else _convolution(dims, inputs, outputs, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(self.relu(self.first(x)))
        out: Tensor = self.relu(y + self.shortcut(x))
        return out


class ResNet(nn.Module):
    """A residual network up to its global average pooling.

    Parameters
    ----------
    depth : 18 or 34; layers with weights, the classifier that is left out counted
    dims : 2 for pictures, 1 for signals
    channels : of the input
    width : channels of the first stage, doubled at each of the other three; 64 in the paper
    squared : squares of kernels and strides, for signals
    small_input : no reduction before the first block

    Attributes
    ----------
    width_out : size of the pooled vector, 8 * width

    Raises
    ------
    ConfigError
        for another depth.
    """

    def __init__(
        self,
        depth: int = 34,
        *,
        dims: int = 2,
        channels: int = 3,
        width: int = 64,
        squared: bool = False,
        small_input: bool = False,
    ) -> None:
        super().__init__()
        if depth not in BLOCKS:
            raise ConfigError(
                f"ResNet-{depth}: expected a depth of {' or '.join(map(str, BLOCKS))}"
            )
        wide, kernel, stride = (49, 9, 4) if squared else (7, 3, 2)
        self.dims, self.channels, self.width_out = dims, channels, 8 * width
        if small_input:
            stem = [_convolution(dims, channels, width, kernel, 1), nn.ReLU()]
        else:
            stem = [
                _convolution(dims, channels, width, wide, stride),
                nn.ReLU(),
                POOL[dims](kernel, stride, kernel // 2),
            ]
        self.stem = nn.Sequential(*stem)
        blocks, inputs = [], width
        for stage, count in enumerate(BLOCKS[depth]):
            for block in range(count):
                outputs = width * 2**stage
                step = stride if stage and not block else 1
                blocks.append(BasicBlock(dims, inputs, outputs, kernel, step))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        for module in self.modules():
            if isinstance(module, (nn.Conv1d, nn.Conv2d)):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Pooled vectors (N, width_out) of (N, channels, H, W), or (N, channels, L)."""
        # Contiguous: oneDNN 3.12 writes past its memory in the backward pass of strided 1 x 1
        # convolutions of fewer than 16 channels, channels last (uxlfoundation/oneDNN, issue 6035).
        x = self.blocks(self.stem(x.contiguous()))  # (N, 8 width, H/32, W/32)
        return x.flatten(2).mean(-1)  # (N, 8 width)

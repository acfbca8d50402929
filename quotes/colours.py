"""Whether one colour can be read on another: the contrast of WCAG 2. No Django."""


def luminance(colour: str) -> float:
    """Of `#rrggbb`."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: str) -> str:
    """White, or black where it is read better."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, ground))

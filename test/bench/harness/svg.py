"""As much SVG as bar charts need, readable on light and on dark ground."""

from xml.sax.saxutils import escape

# Colours of GitHub's two themes, so that the charts sit well in a README.
_STYLE = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', Arial, sans-serif; fill: #1f2328 }
.head { font-weight: 600; font-size: 14px }
.title { font-weight: 600 }
.quiet { fill: #59636e; font-size: 11px }
.ours { fill: #1a7f37 }
.floor { fill: #8c959f }
.peer { fill: #54aeff }
.line { stroke: #8c959f; stroke-width: 1; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.ours { fill: #3fb950 }
.floor { fill: #6e7681 }
.peer { fill: #1f6feb }
.line { stroke: #6e7681 }
}
"""


class Drawing:
    """Grows downwards; draw, then str() it."""

    def __init__(self, width):
        self._width = width
        self._elements = []
        self.height = 0

    def text(self, x, y, words, style="", anchor="start"):
        self._elements.append(
            f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">'
            f'{escape(words)}</text>')

    def bar(self, x, y, width, height, style):
        self._elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" rx="2"'
            f' class="{style}"/>')

    def vertical(self, x, top, bottom):
        self._elements.append(
            f'<line x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}" class="line"/>')

    def __str__(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self._width}"'
                f' height="{self.height:g}" viewBox="0 0 {self._width} {self.height:g}">')
        return "\n".join([head, f"<style>{_STYLE}</style>", *self._elements, "</svg>"]) + "\n"

"""Lines over a linear axis as a small SVG file."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#1b6ac9", "#c9511b", "#2a9134", "#8a3fb5", "#6b6b6b", "#b58a1b")


def ticks(most, count=5):
    """Round values from 0 to at least `most`."""
    step = 10 ** len(str(int(most))) if most >= 1 else 1.0
    while step * count > most and step > 1e-9:
        for part in (2, 2.5, 2):
            if step * count > most:
                step /= part
    found = [0.0]
    while found[-1] < most:
        found.append(found[-1] + step)
    return found


def number(value):
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.3g}"


def svg(title, x_name, y_name, lines):
    """`lines`: {name: [(x, y), ...]}. Both axes begin at 0: what is proportional is straight."""
    xs = ticks(max(x for points in lines.values() for x, _ in points))
    ys = ticks(max(y for points in lines.values() for _, y in points))
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x, y):
        return (f"{LEFT + x / xs[-1] * inner_width:.1f}",
                f"{TOP + inner_height - y / ys[-1] * inner_height:.1f}")

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>']
    for x in xs:
        left, low = at(x, 0)
        out.append(f'<line x1="{left}" y1="{TOP}" x2="{left}" y2="{low}" stroke="#e4e4e4"/>')
        out.append(f'<text x="{left}" y="{HEIGHT - 30}" text-anchor="middle">{number(x)}</text>')
    for y in ys:
        left, low = at(0, y)
        out.append(f'<line x1="{left}" y1="{low}" x2="{WIDTH - RIGHT}" y2="{low}" '
                   'stroke="#e4e4e4"/>')
        out.append(f'<text x="{LEFT - 8}" y="{float(low) + 4:.1f}" text-anchor="end">'
                   f'{number(y)}</text>')
    out.append(f'<text x="{LEFT + inner_width / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
               f'{escape(x_name)}</text>')
    out.append(f'<text transform="translate(18 {TOP + inner_height / 2}) rotate(-90)" '
               f'text-anchor="middle">{escape(y_name)}</text>')
    for i, (name, points) in enumerate(lines.items()):
        colour = COLOURS[i % len(COLOURS)]
        places = [at(x, y) for x, y in sorted(points)]
        path = " ".join(",".join(p) for p in places)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
        height = TOP + 16 + 20 * i
        out.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{height - 9}" width="12" height="12" '
                   f'fill="{colour}"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 32}" y="{height + 1}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"

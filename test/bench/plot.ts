/** One curve: what it shows, in which unit, and its points. */
export interface Curve {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly { readonly events: number; readonly value: number }[];
}

const WIDTH = 240;
const HEIGHT = 150;
const MARGIN = { left: 16, right: 16, top: 34, bottom: 26 };
const COLUMNS = 3;

/** Draws each curve in a panel of its own: events on a logarithmic scale, values from zero on, each point with its value. SVG. */
export function plot(curves: readonly Curve[]): string {
  const rows = Math.ceil(curves.length / COLUMNS);
  const [width, height] = [WIDTH * Math.min(COLUMNS, curves.length), HEIGHT * rows];
  const panels = curves.map((curve, index) => {
    const [x, y] = [(index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${panel(curve)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="#333">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel({ title, unit, points }: Curve): string {
  const most = Math.max(...points.map(({ value }) => value)) * 1.25 || 1;
  const logs = points.map(({ events }) => Math.log10(events));
  const [first, last] = [Math.min(...logs), Math.max(...logs)];
  const base = HEIGHT - MARGIN.bottom;
  // The outermost points stand inside, so that there is room for their words.
  const inner = WIDTH - MARGIN.left - MARGIN.right - 60;
  const placed = points.map(({ events, value }, index) => ({
    x: Math.round(MARGIN.left + 30 + (((logs[index] ?? 0) - first) / (last - first || 1)) * inner),
    y: Math.round(base - (value / most) * (base - MARGIN.top)),
    events: events.toLocaleString('en'),
    value: value >= 100 ? value.toFixed(0) : value.toPrecision(2),
  }));
  return [
    `<text x="${MARGIN.left}" y="18" font-weight="bold">${title} (${unit})</text>`,
    `<path d="M${MARGIN.left} ${base}H${WIDTH - MARGIN.right}" stroke="#999"/>`,
    `<polyline points="${placed.map(({ x, y }) => `${x},${y}`).join(' ')}" fill="none" stroke="#06c" stroke-width="2"/>`,
    ...placed.flatMap(({ x, y, events, value }) => [
      `<circle cx="${x}" cy="${y}" r="3" fill="#06c"/>`,
      `<text x="${x}" y="${y - 7}" text-anchor="middle">${value}</text>`,
      `<text x="${x}" y="${base + 15}" text-anchor="middle" fill="#666">${events}</text>`,
    ]),
  ].join('\n');
}

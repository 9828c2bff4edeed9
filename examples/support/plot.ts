/**
 * Pictures of a two-class problem in the plane: what the model predicts on a
 * grid, as regions, and the points of a test set in the colour of their true
 * class. `moonsSvg` draws an SVG with Observable Plot, which is loaded only
 * when it is called; `moonsTerminal` draws with characters and needs nothing.
 */

/** What to draw. */
export interface MoonsPicture {
  /** Predictions at `(xs[i], ys[j])`, x fastest, on evenly spaced axes. */
  grid: {
    /** The horizontal positions, ascending. */
    xs: ArrayLike<number>;
    /** The vertical positions, ascending. */
    ys: ArrayLike<number>;
    /** Class 0 or 1 of each grid point, or the probability of class 1. */
    prediction: ArrayLike<number>;
  };
  /** The test set. */
  points: {
    /** The coordinates x, y, point after point. */
    x: ArrayLike<number>;
    /** The true classes, 0 or 1. */
    y: ArrayLike<number>;
  };
}

/** Options of {@link moonsSvg}. */
export interface MoonsSvgOptions extends MoonsPicture {
  /** Written above the picture. */
  title: string;
}

/** Options of {@link moonsTerminal}. */
export interface MoonsTerminalOptions extends MoonsPicture {
  /** Width in characters; 64 by default. */
  columns?: number;
  /** Use ANSI colours? Plain characters by default. */
  color?: boolean;
}

/** An element of the headless document, as far as it is used here. */
interface SvgElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}

/** The part of Observable Plot that is used here. */
interface PlotLibrary {
  plot(options: Record<string, unknown>): SvgElement;
  contour(data: unknown, options: Record<string, unknown>): unknown;
  dot(data: unknown, options: Record<string, unknown>): unknown;
  text(data: unknown, options: Record<string, unknown>): unknown;
  frame(options: Record<string, unknown>): unknown;
}

/** The part of linkedom that is used here. */
interface DomLibrary {
  parseHTML(html: string): { document: unknown };
}

const PACKAGES = { "@observablehq/plot": "0.6.17", "linkedom": "0.18.15" };

const REGION = ["#dce8fa", "#fde5cc"];
const POINT = ["#2460c8", "#d96308"];
const INK = "#27303b";

/** Draws the picture as an SVG document. */
export async function moonsSvg(options: MoonsSvgOptions): Promise<string> {
  checkPicture(options);
  const { grid: { xs, ys, prediction }, points, title } = options;
  const Plot = await load<PlotLibrary>("@observablehq/plot");
  const { document } = (await load<DomLibrary>("linkedom")).parseHTML(
    "<html></html>",
  );
  const [left, right] = extent(xs);
  const [bottom, top] = extent(ys);
  // A value stands for a cell around its grid point.
  const [dx, dy] = [spacing(xs) / 2, spacing(ys) / 2];
  const dots = Array.from(points.y, (label, i) => ({
    x: points.x[2 * i],
    y: points.x[2 * i + 1],
    label,
  }));
  // Points that the frame cuts off are not shown: the legend says how many.
  const hidden =
    dots.filter(({ x, y }) => x < left || x > right || y < bottom || y > top)
      .length;
  const outside = hidden > 0 ? ` (${hidden} outside the frame)` : "";
  const width = 720;
  const inner = width - 60;
  const legend = (text: string, shift: number, fill: string) =>
    Plot.text([text], {
      frameAnchor: "bottom-left",
      textAnchor: "start",
      lineAnchor: "top",
      dx: shift,
      dy: 36,
      fontSize: 13,
      fill,
    });
  const svg = Plot.plot({
    document,
    width,
    height: 104 + inner * (top - bottom) / (right - left),
    marginLeft: 44,
    marginRight: 16,
    marginTop: 46,
    marginBottom: 58,
    style: {
      background: "white",
      color: INK,
      fontFamily: "system-ui, Helvetica, Arial, sans-serif",
      fontSize: "12px",
    },
    x: { domain: [left, right], label: null, ticks: 8 },
    y: { domain: [bottom, top], label: null, ticks: 6 },
    marks: [
      Plot.frame({ fill: REGION[0], stroke: "none" }),
      Plot.contour(Array.from(prediction), {
        width: xs.length,
        height: ys.length,
        x1: left - dx,
        x2: right + dx,
        y1: bottom - dy,
        y2: top + dy,
        value: (value: number) => value,
        thresholds: [0.5],
        fill: REGION[1],
        stroke: INK,
        strokeWidth: 1.4,
        clip: true,
      }),
      Plot.dot(dots, {
        x: "x",
        y: "y",
        r: 3.6,
        fill: (dot: { label: number }) => POINT[dot.label],
        stroke: "white",
        strokeWidth: 1,
        clip: true,
      }),
      Plot.frame({ stroke: "#9aa4b0" }),
      Plot.text([title], {
        frameAnchor: "top-left",
        dy: -30,
        fontSize: 17,
        fontWeight: 600,
        fill: INK,
      }),
      legend("● class 0", 0, POINT[0]),
      legend("● class 1", 76, POINT[1]),
      legend(`points: true class, regions: prediction${outside}`, 152, INK),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg.outerHTML + "\n";
}

/** Draws the picture with characters, two rows of the picture in each line. */
export function moonsTerminal(options: MoonsTerminalOptions): string {
  checkPicture(options);
  const { grid: { xs, ys, prediction }, points } = options;
  const { columns = 64, color = false } = options;
  const [left, right] = extent(xs);
  const [bottom, top] = extent(ys);
  const lines = Math.max(
    2,
    Math.round(columns * (top - bottom) / (right - left) / 2),
  );
  // With colours a half block shows two square dots; without, one character.
  const rows = color ? 2 * lines : lines;
  const cells = Array.from({ length: rows * columns }, (_, cell) => {
    const column = cell % columns;
    const row = rows - 1 - Math.floor(cell / columns);
    const i = Math.floor((column + 0.5) / columns * xs.length);
    const j = Math.floor((row + 0.5) / rows * ys.length);
    return prediction[j * xs.length + i] >= 0.5 ? 1 : 0;
  });
  const labels = new Map<number, number>();
  for (let p = 0; p < points.y.length; p++) {
    const u = (points.x[2 * p] - left) / (right - left);
    const v = (points.x[2 * p + 1] - bottom) / (top - bottom);
    if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) continue;
    const column = Math.min(columns - 1, Math.floor(u * columns));
    const row = rows - 1 - Math.min(rows - 1, Math.floor(v * rows));
    labels.set(row * columns + column, points.y[p]);
  }
  const line = color ? colorLine : plainLine;
  return Array.from(
    { length: lines },
    (_, n) => line(cells, labels, n, columns) + "\n",
  ).join("");
}

/** Regions are `.` and `:`, points `o` and `x`. */
function plainLine(
  cells: readonly number[],
  labels: ReadonlyMap<number, number>,
  line: number,
  columns: number,
): string {
  return Array.from({ length: columns }, (_, column) => {
    const cell = line * columns + column;
    const label = labels.get(cell);
    return label === undefined ? ".:"[cells[cell]] : "ox"[label];
  }).join("");
}

function colorLine(
  cells: readonly number[],
  labels: ReadonlyMap<number, number>,
  line: number,
  columns: number,
): string {
  const colorOf = (cell: number) => {
    const label = labels.get(cell);
    const hex = label === undefined ? REGION[cells[cell]] : POINT[label];
    const rgb = parseInt(hex.slice(1), 16);
    return `${rgb >> 16};${(rgb >> 8) & 255};${rgb & 255}`;
  };
  const blocks = Array.from({ length: columns }, (_, column) => {
    const upper = 2 * line * columns + column;
    return `\x1b[38;2;${colorOf(upper)};48;2;${colorOf(upper + columns)}m▀`;
  });
  return blocks.join("") + "\x1b[0m";
}

/** Deno names the registry; others find what `npm install` put beside us. */
async function load<T>(name: keyof typeof PACKAGES): Promise<T> {
  const specifier = "Deno" in globalThis
    ? `npm:${name}@${PACKAGES[name]}`
    : name;
  try {
    return await import(specifier);
  } catch (cause) {
    throw new Error(
      `Cannot draw the picture: ${name} is missing, expected it in ` +
        `node_modules: run "npm install" first (Deno downloads it itself: ` +
        `go online once)`,
      { cause },
    );
  }
}

function checkPicture({ grid, points }: MoonsPicture): void {
  const { xs, ys, prediction } = grid;
  if (
    xs.length < 2 || ys.length < 2 ||
    prediction.length !== xs.length * ys.length ||
    points.x.length !== 2 * points.y.length
  ) {
    throw new Error(
      `Cannot draw the picture: a grid of ${xs.length} by ${ys.length} has ` +
        `${prediction.length} predictions, ${points.y.length} points have ` +
        `${points.x.length} coordinates, expected one prediction each on at ` +
        `least 2 by 2 and two coordinates each: pass matching arrays`,
    );
  }
}

function extent(axis: ArrayLike<number>): [number, number] {
  return [axis[0], axis[axis.length - 1]];
}

function spacing(axis: ArrayLike<number>): number {
  const [first, last] = extent(axis);
  return (last - first) / (axis.length - 1);
}

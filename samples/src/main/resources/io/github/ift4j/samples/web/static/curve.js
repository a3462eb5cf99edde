const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 220;
const LEFT = 48;
const MARGIN = 12;
const TOP = 12;
const BOTTOM = 192;

/** Draws losses by step into an svg element, as wide as that is on the page; points are {step, loss}. */
export function draw(svg, points, steps) {
  const width = svg.clientWidth || 640;
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  if (points.length === 0) {
    label(svg, width / 2, HEIGHT / 2, "no training yet", "middle");
    return;
  }
  const right = width - MARGIN;
  const most = Math.max(...points.map((point) => point.loss));
  const least = Math.min(...points.map((point) => point.loss));
  const padding = (most - least) * 0.08 || 0.1;
  const [low, high] = [Math.max(0, least - padding), most + padding];
  const last = Math.max(steps, points.at(-1).step, 1);
  const x = (step) => LEFT + ((right - LEFT) * step) / last;
  const y = (loss) => BOTTOM - ((BOTTOM - TOP) * (loss - low)) / (high - low);

  for (let i = 0; i <= 4; i++) {
    const value = low + ((high - low) * i) / 4;
    add(svg, "line", { class: "grid", x1: LEFT, x2: right, y1: y(value), y2: y(value) });
    label(svg, LEFT - 8, y(value) + 4, value.toFixed(2), "end");
  }
  label(svg, LEFT, BOTTOM + 20, "0", "middle");
  label(svg, right, BOTTOM + 20, `step ${last}`, "end");
  add(svg, "polyline", { class: "loss", points: points.map((point) => `${x(point.step)},${y(point.loss)}`).join(" ") });
  add(svg, "circle", { class: "last", r: 3.5, cx: x(points.at(-1).step), cy: y(points.at(-1).loss) });
}

function label(svg, x, y, text, anchor) {
  add(svg, "text", { x, y, "text-anchor": anchor }).textContent = text;
}

function add(svg, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  svg.append(element);
  return element;
}

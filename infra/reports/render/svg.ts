import { drawn, type PlotOptions, type Shape } from "./plot-option.ts";

/** A plot as inline SVG, with what it shows in words for those who can't see it. */
export interface Plot<Kind extends string = string> {
  kind: Kind;
  title: string;
  description: string;
  /** for a page's whole width */
  svg: string;
  /** for a phone: the same with less beside each other */
  narrow: string;
}

const WIDE: Shape = { width: 920, height: 260 };
const NARROW: Shape = { width: 380, height: 250 };

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const FONT = /^font: normal normal (\d+px) ([^;]+);?$/;

/** A text's font as SVG's own attributes. */
function fontOf(style: string): string {
  const short = FONT.exec(style);
  const parts: readonly (readonly string[])[] =
    short === null
      ? style.split(";").flatMap((part) => (part.includes(":") ? [part.split(":")] : []))
      : [
          ["font-size", short[1] ?? ""],
          ["font-family", short[2] ?? ""],
        ];
  return parts.map(([name = "", value = ""]) => ` ${name.trim()}="${value.trim()}"`).join("");
}

/** Without styles in the markup, and the classes that they were for: a page whose content security policy allows none shows it all the same. */
function withoutStyles(svg: string): string {
  return svg
    .replaceAll(/<style[^>]*>[\s\S]*?<\/style>/g, "")
    .replaceAll(/ class="zr[^"]*"/g, "")
    .replaceAll(/<[^>]* style="[^"]*"[^>]*>/g, (tag) =>
      tag.replace(/ style="([^"]*)"/, (_, style: string) => fontOf(style)),
    );
}

/** Names and describes an SVG for screen readers, and lets it shrink with the page. */
function accessible(svg: string, { title, description }: PlotOptions, { width, height }: Shape, id: string): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-desc">${escaped(description)}</desc>`;
  return withoutStyles(svg)
    .replace(/^<svg [^>]*>/, () => {
      const label = `role="img" aria-labelledby="${id}-title ${id}-desc"`;
      return `<svg ${label} viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg">${names}`;
    })
    .replaceAll(/zr\d+-/g, `${id}-`);
}

/** Draws plots, each for two widths. */
export async function drawAll<Kind extends string>(plots: readonly PlotOptions<Kind>[]): Promise<Plot<Kind>[]> {
  if (plots.length === 0) return [];
  const draw = await drawn();
  return plots.map((plot, index) => {
    const svg = (shape: Shape, id: string) => accessible(draw(plot, shape), plot, shape, id);
    const { kind, title, description } = plot;
    return {
      kind,
      title,
      description,
      svg: svg(WIDE, `plot-${index + 1}`),
      narrow: svg(NARROW, `plot-${index + 1}-narrow`),
    };
  });
}

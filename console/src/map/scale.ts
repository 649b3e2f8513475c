/** A bar as long as a round distance, with its unit in the language of the page. */
import type { IControl, Map as MapView } from "maplibre-gl";
import { type Language, template } from "../i18n/wording";

const WIDTH_MAX_PX = 160;

/** The longest of 1, 2 and 5 times a power of ten that is no longer than a distance. */
export function roundBelow(distance: number): number {
  const power = 10 ** Math.floor(Math.log10(distance));
  return power * (distance >= 5 * power ? 5 : distance >= 2 * power ? 2 : 1);
}

export class Scale implements IControl {
  private readonly element = document.createElement("div");
  private map: MapView | null = null;
  private readonly update = (): void => this.draw();

  constructor(
    private readonly metresPerPixel: () => number,
    private language: Language,
  ) {
    this.element.className = "maplibregl-ctrl maplibregl-ctrl-scale";
  }

  onAdd(map: MapView): HTMLElement {
    this.map = map;
    map.on("move", this.update);
    this.draw();
    return this.element;
  }

  onRemove(): void {
    this.map?.off("move", this.update);
    this.map = null;
    this.element.remove();
  }

  speak(language: Language): void {
    this.language = language;
    this.draw();
  }

  private draw(): void {
    const each = this.metresPerPixel();
    const metres = roundBelow(WIDTH_MAX_PX * each);
    this.element.style.inlineSize = `${metres / each}px`;
    this.element.dir = this.language === "ar" ? "rtl" : "ltr";
    this.element.textContent =
      metres >= 1000 ? `${metres / 1000} ${template(this.language, "unit.km")}` : `${metres} ${template(this.language, "unit.m")}`;
  }
}

// Starts the overlay: what the address wants, shown by the server's clock.

import "./look/base.css";
import "./look/themes.css";
import "./look/widgets.css";

import { render } from "preact";

import { readAddress } from "./address";
import { catchAll, note } from "./faults";
import { Clock } from "./link/clock";
import { clock as clockDocument, community as communityDocument } from "./link/documents";
import { Link } from "./link/link";
import { Changes } from "./link/live";
import { Scene, isScene } from "./scene/scene";
import { Live, Preview, fit } from "./stage";
import { WIDGETS } from "./widgets";
import { Words } from "./words/words";

const THEMES = ["night", "day", "neon", "clear"];
const CLOCK_EVERY_MS = 10 * 60_000;

catchAll(window);
const { widget: name, key, options } = readAddress(location, history, sessionStorage);
const words = new Words(options.get("lang") ?? navigator.language);
// A scene begins with the widget that its address names.
const widget = WIDGETS.get(isScene(name) ? (options.get("shows") ?? "leaderboard") : name);
const stage = document.getElementById("stage");
const clock = new Clock();

function dress(): void {
  const theme = options.get("theme") ?? "";
  const root = document.documentElement;
  root.dataset["theme"] = THEMES.includes(theme) ? theme : "night";
  root.lang = words.language;
  root.toggleAttribute("data-preview", key === "");
  if (widget) fit(widget);
}

async function live(place: HTMLElement): Promise<void> {
  if (!widget) return;
  const link = new Link(`${location.origin.replace(/^http/, "ws")}/graphql`, key);
  const setClock = (): void => { clock.set(async () => (await link.ask(clockDocument, {})).serverInfo.now).catch(note); };
  const found = (await link.ask(communityDocument, {})).me?.community;
  if (!found) return;
  link.watch((state) => {
    if (state === "open") setClock();
    // A key that was taken back shows nothing any more.
    if (state === "refused") render(null, place);
  });
  setClock();
  setInterval(setClock, CLOCK_EVERY_MS);
  const world = { link, clock, community: found.id, changes: new Changes(link, found.id) };
  const Shown = isScene(name) ? Scene : Live;
  render(<Shown world={world} widget={widget} words={words} options={options} />, place);
}

dress();
if (stage && widget && key === "") render(<Preview clock={clock} widget={widget} words={words} options={options} />, stage);
else if (stage) live(stage).catch(note);

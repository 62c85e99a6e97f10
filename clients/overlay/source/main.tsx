// Starts the overlay: what the address wants, shown by the server's clock.

import "./look/base.css";
import "./look/themes.css";
import "./look/widgets.css";

import { render } from "preact";

import { readAddress } from "./address";
import { catchAll, note, showFaults } from "./faults";
import { again } from "./link/again";
import { Clock } from "./link/clock";
import { clock as clockDocument } from "./link/documents";
import { Link } from "./link/link";
import { Changes } from "./link/live";
import { Scene, isScene } from "./scene/scene";
import { Live, Preview, fit } from "./stage";
import { WIDGETS } from "./widgets";
import type { Widget } from "./widgets/widget";
import { Words } from "./words/words";

const THEMES = ["night", "day", "neon", "clear"];
const CLOCK_EVERY_MS = 15 * 60_000;

catchAll(window);
// Another link in the same tab changes no more than the fragment: its key must be read, and taken out of sight, too.
addEventListener("hashchange", () => { location.reload(); });
const { widget: name, key, options, keep } = readAddress(location, history, sessionStorage);
// A scene begins with the widget that its address names.
const widget = WIDGETS.get(isScene(name) ? (options.get("shows") ?? "leaderboard") : name);
// Before all else: what takes a while here is done while the server is on its way.
const link = widget && key ? new Link(`${location.origin.replace(/^http/, "ws")}/graphql`, key) : undefined;
keep();
const words = new Words(options.get("lang") ?? navigator.language);
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

async function live(place: HTMLElement, wanted: Widget<unknown>, over: Link): Promise<void> {
  const setClock = (): void => { clock.set(async () => (await over.ask(clockDocument, {})).serverInfo.now).catch(note); };
  const community = await over.community;
  const changes = new Changes(over, community);
  const Shown = isScene(name) ? Scene : Live;
  // First of all: what changes while the widget's first question is answered is heard of, and alerts wait by its clock.
  changes.begin();
  setClock();
  render(<Shown world={{ link: over, clock, community, changes }} widget={wanted} words={words} options={options} />, place);
  over.watch((state) => {
    if (state === "open") setClock();
    // A key that was taken back shows nothing any more.
    if (state === "refused") render(null, place);
  });
  again(setClock, CLOCK_EVERY_MS);
}

dress();
if (options.has("debug")) showFaults(document);
if (stage && widget && link) live(stage, widget, link).catch(note);
else if (stage && widget && key === "") render(<Preview clock={clock} widget={widget} words={words} options={options} />, stage);

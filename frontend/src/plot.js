// The plot page's own script: no other page loads it.
import { PlotPage } from "./plot/page.js";

const section = document.getElementById("hf-plot");
if (section) new PlotPage(section).start();

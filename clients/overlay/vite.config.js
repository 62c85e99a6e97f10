// Builds the overlay for the browser inside OBS 28 to 30, which is Chromium 103; newer ones run it as well.
import { defineConfig } from "vite";

const BROWSER = "chrome103";

export default defineConfig({
  base: "/overlay/",
  build: {
    outDir: "../../server/web/assets/overlay/vendor",
    emptyOutDir: true,
    target: BROWSER,
    cssTarget: BROWSER,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 200,
    reportCompressedSize: false,
  },
});

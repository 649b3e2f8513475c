import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server of the site serves what is built here; nothing is fetched from anywhere else.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/marsad/server/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "map", test: /node_modules\/(maplibre-gl|@maplibre|pmtiles)/ },
            { name: "deck", test: /node_modules\/(@deck\.gl|@luma\.gl|@math\.gl|@probe\.gl|@loaders\.gl)/ },
            { name: "react", test: /node_modules\/(react|react-dom|react-aria|react-aria-components|@react-aria|@react-stately|scheduler)/ },
            { name: "symbols", test: /node_modules\/milsymbol/ },
          ],
        },
      },
    },
  },
  server: {
    fs: { allow: [".."] }, // the sentences live beside the Python code that gives the reasons
    proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } },
  },
});

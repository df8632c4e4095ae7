#!/usr/bin/env bash
# Bundles page.js with Vega into the report's script, with the licences of all that is in it, and copies axe-core for the
# tests. Needs Node 20 and npm; the versions are those of package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
resources=../resources/org/iclsweep/sweep/report
npm ci --ignore-scripts --no-audit --no-fund
node node_modules/esbuild/bin/esbuild page.js --bundle --minify --format=iife --target=es2020 --charset=ascii \
    --legal-comments=none --metafile=node_modules/bundle.json --outfile="$resources/vega-bundle.js"
node licences.mjs node_modules/bundle.json > "$resources/vega-bundle.licences.txt"
(cd "$resources" && sha256sum vega-bundle.js > vega-bundle.sha256)
mkdir -p ../../test/resources/axe-core
cp node_modules/axe-core/axe.min.js ../../test/resources/axe-core/axe.min.js
cp node_modules/axe-core/LICENSE ../../test/resources/axe-core/LICENSE

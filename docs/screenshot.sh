#!/bin/sh
# Makes the pictures in docs: the card of the newest backup of the running local environment in Temporal's UI, and the page of all
# backups. `make screenshot` calls it.
set -eu
cd "$(dirname "$0")/.."
command -v chromium >/dev/null || apt-get install --yes --no-install-recommends chromium fonts-dejavu-core
. .dev/env
newest=$(temporal workflow list --query "WorkflowType='BackupRun' AND ExecutionStatus='Completed'" --limit 1 --output json)
field() { printf '%s\n' "$newest" | sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | head -n 1; }
id=$(field workflowId)
if [ -z "$id" ]; then
    echo 'There is no backup yet. Make one: make demo' >&2
    exit 1
fi
# The page never stops asking for news: virtual time ends the wait.
chromium --headless=new --no-sandbox --hide-scrollbars --force-color-profile=srgb --window-size=1400,800 \
    --virtual-time-budget=10000 --screenshot=docs/temporal-ui.png \
    "$PGVAULT_UI_URL/namespaces/default/workflows/$(printf %s "$id" | sed 's,/,%2F,g')/$(field runId)/user-metadata" 2>/dev/null
echo "docs/temporal-ui.png shows $id"

# The page of all backups, of a made-up estate, light and dark.
page=$(mktemp --suffix=.html)
go run ./internal/test/samplepage shop/failing > "$page"
for scheme in light:1 dark:0; do
    chromium --headless=new --no-sandbox --hide-scrollbars --force-color-profile=srgb --window-size=1280,1240 \
        --blink-settings=preferredColorScheme=${scheme#*:} --screenshot="docs/status-${scheme%:*}.png" "file://$page" 2>/dev/null
done
rm "$page"
echo "docs/status-light.png and docs/status-dark.png show a made-up estate"

# shellcheck shell=bash
# Sourced first by the tests that send real traffic: brings them all of this folder, and a folder of
# their own, $folder; what they make is gone when they end.

. scripts/lib/java.sh
. scripts/lib/checks.sh
. scripts/lib/processes.sh
. scripts/lib/namespaces.sh
. scripts/lib/web.sh
. scripts/lib/sluice.sh
. scripts/lib/tables.sh

require_java
namespace_run=sluice-$(basename "$0" .sh)-$$
folder=$(namespaces_folder)
at_end namespaces_end
namespaces_begin

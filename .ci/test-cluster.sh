# Sourced by .ci/run: a cluster for the tests out of ../shared/k8s-lab, where that folder is there. It is equipment: what
# keeps it from starting is said and is no failure of the product; once it runs, every failure counts.

lab_source="$PWD/../shared/k8s-lab"
lab_default_state=/var/tmp/klab/state
lab_folder=''
lab_started=''

# Unpacks the tools and says which helm the chart tests compare; nothing is started yet.
cluster_prepare() {
  [[ -d "$lab_source" ]] || return 1
  [[ $(id -u) -eq 0 ]] || { cluster_missing 'it needs root'; return 1; }
  lab_folder="$(mktemp -d /var/tmp/souk-k8s.XXXXXX)"
  chmod 755 "$lab_folder" # users of containers look through it
  cp -a "$lab_source" "$lab_folder/lab"
  # The folder may have lost what an ignore rule of its own matches: scripts in bin/, and folders that are empty.
  cp -an .ci/k8s-lab/. "$lab_folder/lab/" || true
  # Its document store scans where ours has indexes, and would take the machine from the shop: it gets our launcher.
  cp tools/cli/infra/mongo/launcher/*.java "$lab_folder/lab/infra/mongo/"
  chmod u+w "$lab_folder/lab/infra/mongo/prepare"
  sed -i 's#"$here/Mjs.java"#"$here"/*.java#' "$lab_folder/lab/infra/mongo/prepare"
  for about in "$lab_folder"/lab/infra/*/about; do mkdir -p "$(dirname "$about")/root"; done
  if cluster_runs "$lab_default_state"; then
    export KLAB_STATE="$lab_default_state"
  else
    export KLAB_STATE="$lab_folder/state" KLAB_BIN="$lab_folder/bin"
  fi
  export SOUK_TEST_CLUSTER="$lab_folder/lab"
  local name tools=()
  for name in helm helm3 kubectl; do
    tools+=("$("$SOUK_TEST_CLUSTER/tool" "$name")") || { cluster_missing "no $name"; return 1; }
  done
  export SOUK_HELM="${tools[0]}:${tools[1]}"
  # For the test of the collector's configuration on this machine.
  SOUK_OTELCOL="$("$SOUK_TEST_CLUSTER/tool" otelcol)" && export SOUK_OTELCOL || unset SOUK_OTELCOL
  mkdir -p "$lab_folder/path" && ln -s "${tools[2]}" "$lab_folder/path/kubectl"
  export PATH="$lab_folder/path:$PATH"
}

cluster_runs() {
  [[ -f "$1/kubeconfig" && -x /var/tmp/klab/bin/klab ]] &&
    timeout 10 /var/tmp/klab/bin/klab kubectl --kubeconfig "$1/kubeconfig" get --raw /readyz >/dev/null 2>&1
}

cluster_missing() { echo "k8s: not run (the test cluster did not start: $1)"; }

# Starts it with the images that the charts name. One at a time runs on a machine: one that is there is used, and left.
cluster_start() {
  local log="$lab_folder/start.log" step
  [[ "$KLAB_STATE" == "$lab_default_state" ]] || lab_started=yes
  for step in up image-base 'image-infra kafka postgres mongo otelcol valkey'; do
    # shellcheck disable=SC2086
    timeout --kill-after=10 600 "$SOUK_TEST_CLUSTER"/$step >>"$log" 2>&1 && continue
    tail -n 15 "$log"
    cluster_missing "${step%% *}: $(tail -n 1 "$log")"
    return 1
  done
  export KUBECONFIG="$KLAB_STATE/kubeconfig" SOUK_IMAGE_BUILDER="$PWD/.ci/image-builder"
}

cluster_stop() {
  if [[ -n "$lab_started" ]]; then timeout 120 "$SOUK_TEST_CLUSTER/down" --purge || true; fi
  [[ -z "$lab_folder" ]] || rm -rf --one-file-system "$lab_folder"
  lab_started='' lab_folder=''
}

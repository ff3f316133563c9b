{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: service
app.kubernetes.io/part-of: souk
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: service-{{ .Chart.Version }}
{{- end }}

{{- /* An image by repository, tag and digest; production takes nothing without a digest. */ -}}
{{- define "service.imageOf" -}}
{{- $tag := .image.tag | default .root.Values.global.image.tag -}}
{{- if and (eq .root.Values.global.mode "production") (not .image.digest) -}}
{{- fail (printf "%s.%s.digest is empty: production wants every image by digest (sha256:…)" .root.Chart.Name .value) -}}
{{- end -}}
{{- .image.repository | default (printf "%s/%s" .root.Values.global.image.registry .name) }}:{{ required "image.tag or global.image.tag names the image's version" $tag }}
{{- with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "service.image" -}}
{{- include "service.imageOf" (dict "root" . "image" .Values.image "name" (.Values.image.name | default .Chart.Name) "value" "image") -}}
{{- end }}

{{- define "service.meta" -}}
name: {{ .Chart.Name }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "service.labels" . | nindent 2 }}
{{- end }}

{{- define "service.metaOf" -}}
name: {{ .root.Chart.Name }}-{{ .suffix }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "service.labels" .root | nindent 2 }}
{{- end }}

{{- define "service.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- /* What the pod calls, the sending of spans included: a JSON list of <name>.<port name>. */ -}}
{{- define "service.calls" -}}
{{- $more := list -}}
{{- range $call, $wanted := .Values.moreCalls -}}
{{- if $wanted -}}
{{- $more = append $more $call -}}
{{- end -}}
{{- end -}}
{{- $calls := list -}}
{{- range concat .Values.calls $more (include "service.tracing.calls" . | fromJsonArray) -}}
{{- $calls = append $calls (ternary . (printf "%s.http" .) (contains "." .)) -}}
{{- end -}}
{{- $calls | uniq | toJson -}}
{{- end }}

{{- define "service.externalCalls" -}}
{{- $ofAmbassador := ternary .Values.ambassador.externalCalls list .Values.ambassador.enabled -}}
{{- $ofCollector := ternary .Values.global.collector.externalCalls list (eq .Values.global.collector.mode "sidecar") -}}
{{- $ofLease := ternary .Values.lease.apiServer list .Values.lease.enabled -}}
{{- concat (.Values.externalCalls | default list) ($ofLease | default list) ($ofAmbassador | default list) ($ofCollector | default list) | toJson -}}
{{- end }}

{{- /* Peers of a policy: addresses, or pods of another namespace. */ -}}
{{- define "service.peers" -}}
{{- range . }}
{{- if .cidr }}
- ipBlock:
    cidr: {{ .cidr }}
{{- else }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
  {{- with .labels }}
  podSelector:
    matchLabels:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The ways out to `calls` and `externalCalls`, DNS with them; for pods of the umbrella chart as well. */}}
{{- define "service.egress" -}}
{{- /* Any port of the DNS pods: policies look at the pod's port, which is 53, 1053 or 5353, as the cluster likes. */ -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
{{- range .calls }}
{{- $call := splitList "." . }}
- to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ first $call }}
  ports:
    - port: {{ last $call }}
{{- end }}
{{- range .externalCalls }}
- to:
    {{- include "service.peers" (list .) | trim | nindent 4 }}
  ports:
    - port: {{ .port }}
{{- end }}
{{- end }}

{{- define "service.settings" -}}
HTTP_PORT: {{ .Values.ports.http | quote }}
MANAGEMENT_PORT: {{ .Values.ports.management | quote }}
SOUK_MODE: {{ .Values.global.mode | quote }}
LIVE_SETTINGS_FILE: /etc/souk/live/settings.yaml
{{- if .Values.global.health.secret }}
HEALTH_KEYS_FILE: /etc/souk/health/keys
{{- end }}
{{- with include "service.tracing.endpoint" . }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . }}
{{- end }}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ tpl (toString $value) $ | quote }}
{{- end }}
{{- end }}

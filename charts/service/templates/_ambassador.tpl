{{- /*
Pattern: Ambassador. A native sidecar, after the collector and before the service: it is there for the service's first call and
for its last, and its own spans find the collector. Credentials for upstreams are in this container and no other.
*/ -}}
{{- define "service.ambassador" -}}
name: ambassador
image: {{ include "service.imageOf" (dict "root" . "image" .Values.ambassador.image "name" "ambassador" "value" "ambassador.image") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
restartPolicy: Always
ports:
  - name: amb-mgmt
    containerPort: 9191
env:
  - name: AMBASSADOR_CONFIG
    value: /etc/souk/ambassador/ambassador.yaml
  - name: MANAGEMENT_PORT
    value: '9191'
  - name: SOUK_MODE
    value: {{ .Values.global.mode }}
  {{- with include "service.tracing.endpoint" . }}
  - name: OTEL_EXPORTER_OTLP_ENDPOINT
    value: {{ . }}
  {{- end }}
  {{- /* Node takes what the machine has; these keep it small: a heap for headers and streams, and freed memory goes back. */}}
  {{- $small := dict "NODE_OPTIONS" "--max-old-space-size=32" "MALLOC_ARENA_MAX" "1" "MALLOC_TRIM_THRESHOLD_" "65536" }}
  {{- range $name, $value := merge (dict) .Values.ambassador.config $small }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
startupProbe:
  httpGet:
    path: /readyz
    port: amb-mgmt
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet:
    path: /readyz
    port: amb-mgmt
  periodSeconds: {{ .Values.probes.periodSeconds }}
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet:
    path: /livez
    port: amb-mgmt
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
resources:
  {{- toYaml .Values.ambassador.resources | nindent 2 }}
{{ include "service.containerSecurity" . }}
volumeMounts:
  - name: ambassador
    mountPath: /etc/souk/ambassador
    readOnly: true
  {{- range $name, $_ := .Values.ambassador.secretFiles }}
  - name: ambassador-{{ $name }}
    mountPath: /etc/souk/{{ $name }}
    readOnly: true
  {{- end }}
{{- end }}

{{- define "service.ambassador.config" -}}
{{- range $name, $upstream := .Values.ambassador.upstreams -}}
{{- if and (eq $.Values.global.mode "production") (not (hasPrefix "https://" $upstream.url)) -}}
{{- fail (printf "%s.ambassador.upstreams.%s.url is %q: production wants https" $.Chart.Name $name $upstream.url) -}}
{{- end -}}
{{- $host := regexReplaceAll "^https?://([^:/]+).*$" $upstream.url "${1}" -}}
{{- $near := has $host $.Values.calls -}}
{{- if and (eq $.Values.global.mode "production") (not $near) (not $.Values.ambassador.externalCalls) -}}
{{- fail (printf "%s.ambassador.externalCalls is empty: production wants to know where %s is, as [{cidr: 192.0.2.0/24, port: 443}]" $.Chart.Name $upstream.url) -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "upstreams" .Values.ambassador.upstreams) -}}
{{- end }}

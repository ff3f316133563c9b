{{- /* What differs between the trace stores: the container, which takes OTLP over HTTP at its port `http`. */ -}}
{{- define "infra.traceStore.souk" -}}
image: {{ .Values.traceStore.souk.image | default (printf "%s/trace-store:%s" .Values.global.image.registry .Values.global.image.tag) }}
ports:
  - name: http
    containerPort: 8080
  - name: management
    containerPort: 9090
env:
  - name: HTTP_PORT
    value: '8080'
  - name: MANAGEMENT_PORT
    value: '9090'
  - name: MAX_SPANS
    value: {{ .Values.traceStore.souk.maxSpans | int | quote }}
  - name: MAX_AGE_MINUTES
    value: {{ .Values.traceStore.souk.maxAgeMinutes | int | quote }}
  - name: DATA_FILE
    value: /var/lib/souk/traces.sqlite
  - name: NODE_OPTIONS
    value: --max-old-space-size=96
{{ include "infra.httpProbes" (dict "port" "management" "startup" "/startupz" "ready" "/readyz" "live" "/livez") }}
{{ include "infra.containerSecurity" . }}
volumeMounts:
  - name: data
    mountPath: /var/lib/souk
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "infra.traceStore.jaeger" -}}
image: {{ .Values.traceStore.jaeger.image }}
ports:
  - name: http
    containerPort: 4318
  - name: ui
    containerPort: 16686
  - name: health
    containerPort: 13133
env:
  - name: JAEGER_LISTEN_HOST
    value: 0.0.0.0
{{ include "infra.httpProbes" (dict "port" "health" "startup" "/status" "ready" "/status" "live" "") }}
{{ include "infra.containerSecurity" . }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- /* Six servers behind one script, which writes beside itself: the one container whose root is writable. */ -}}
{{- define "infra.traceStore.lgtm" -}}
image: {{ .Values.traceStore.lgtm.image }}
ports:
  - name: http
    containerPort: 4318
  - name: ui
    containerPort: 3000
startupProbe:
  exec:
    command: [cat, /tmp/ready]
  periodSeconds: 2
  failureThreshold: 120
readinessProbe:
  httpGet:
    path: /api/health
    port: ui
  periodSeconds: 5
livenessProbe:
  tcpSocket:
    port: http
  periodSeconds: 15
  timeoutSeconds: 5
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: false
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: data
    mountPath: /data
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "infra.httpProbes" -}}
startupProbe:
  httpGet:
    path: {{ .startup }}
    port: {{ .port }}
  periodSeconds: 1
  failureThreshold: 120
readinessProbe:
  httpGet:
    path: {{ .ready }}
    port: {{ .port }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  {{- if .live }}
  httpGet:
    path: {{ .live }}
    port: {{ .port }}
  {{- else }}
  tcpSocket:
    port: http
  {{- end }}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

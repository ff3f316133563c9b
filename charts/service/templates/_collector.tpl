{{- /* Pattern: Sidecar. Where the containers of this pod send their spans; nothing if there is no tracing. */ -}}
{{- define "service.tracing.endpoint" -}}
{{- get (dict "sidecar" "http://127.0.0.1:4318" "daemonset" "http://collector:4318" "none" "") .Values.global.collector.mode -}}
{{- end }}

{{- define "service.tracing.calls" -}}
{{- get (dict "sidecar" (compact (list .Values.global.collector.call)) "daemonset" (list "collector.otlp") "none" list) .Values.global.collector.mode | toJson -}}
{{- end }}

{{- define "service.collector.image" -}}
{{- $image := .Values.collector.image | default .Values.global.collector.image -}}
{{- if and (eq .Values.global.mode "production") (not (contains "@sha256:" $image)) -}}
{{- fail (printf "global.collector.image is %s: production wants every image by digest (…@sha256:…)" $image) -}}
{{- end -}}
{{- $image -}}
{{- end }}

{{- /* A native sidecar: it starts before the service and ends after it, so no span is lost at either end. */ -}}
{{- define "service.collector" -}}
name: collector
image: {{ include "service.collector.image" . }}
imagePullPolicy: IfNotPresent
restartPolicy: Always
args: [--config=/etc/souk/collector/collector.yaml]
ports:
  - name: otel-health
    containerPort: 13133
  - name: otel-metrics
    containerPort: 8888
env:
  - name: TRACES_ENDPOINT
    value: {{ .Values.global.collector.endpoint }}
  {{- range $name, $field := dict "NODE_NAME" "spec.nodeName" "POD_NAME" "metadata.name" "POD_NAMESPACE" "metadata.namespace" }}
  - name: {{ $name }}
    valueFrom:
      fieldRef:
        fieldPath: {{ $field }}
  {{- end }}
  - name: MEMORY_LIMIT_MIB
    value: {{ .Values.collector.memoryLimitMiB | int | quote }}
  - name: GOMEMLIMIT
    value: {{ add .Values.collector.memoryLimitMiB 4 }}MiB
  - name: GOGC
    value: '50'
startupProbe:
  httpGet:
    path: /
    port: otel-health
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: /
    port: otel-health
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 3
resources:
  {{- toYaml .Values.collector.resources | nindent 2 }}
{{ include "service.containerSecurity" . }}
volumeMounts:
  - name: collector
    mountPath: /etc/souk/collector
    readOnly: true
{{- end }}

{{- /* The file without its comments, which are for whoever reads the chart. */ -}}
{{- define "service.collector.config" -}}
{{- regexReplaceAll "(?m)^ *#.*\n" (.Files.Get "files/collector.yaml") "" | trim -}}
{{- end }}

{{- define "souk.setup.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/component: setup
app.kubernetes.io/part-of: souk
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: souk-{{ .root.Chart.Version }}
{{- end }}

{{- define "souk.setup.image" -}}
{{- if and (eq .Values.global.mode "production") (not .Values.setup.image.digest) -}}
{{- fail "setup.image.digest is empty: production wants every image by digest (sha256:…)" -}}
{{- end -}}
{{- .Values.setup.image.repository | default (printf "%s/setup" .Values.global.image.registry) }}:{{ .Values.setup.image.tag | default .Values.global.image.tag }}
{{- with .Values.setup.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "souk.setup.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "souk.setup.container" -}}
{{- include "souk.setup.containerWith" (dict "root" . "resources" .Values.setup.resources) -}}
{{- end }}

{{- define "souk.setup.containerWith" -}}
image: {{ include "souk.setup.image" .root }}
imagePullPolicy: IfNotPresent
resources:
  {{- toYaml .resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "souk.setup.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "souk.setup.labels" . | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .hook }}
    helm.sh/hook-weight: '-1'
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .name }}
      app.kubernetes.io/instance: {{ .root.Release.Name }}
  policyTypes: [Ingress, Egress]
  ingress: []
  egress:
    {{- include "service.egress" . | nindent 4 }}
{{- end }}

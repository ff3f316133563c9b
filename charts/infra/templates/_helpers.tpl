{{- define "infra.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "infra.labels" -}}
{{ include "infra.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/component: {{ .component | default "store" }}
app.kubernetes.io/part-of: souk
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: infra-{{ .root.Chart.Version }}
{{- end }}

{{- define "infra.meta" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "infra.labels" . | nindent 2 }}
{{- end }}

{{- /* What a store has besides its StatefulSet: ServiceAccount, disruption budget, a headless Service, and its policy. */ -}}
{{- define "infra.around" -}}
{{ include "infra.guards" . }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "infra.meta" . | nindent 2 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "infra.selector" . | nindent 4 }}
  ports:
    - name: client
      port: {{ .port }}
      targetPort: client
---
{{ include "infra.policy" (merge (dict "lets" "client") .) }}
{{- end }}

{{- define "infra.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "infra.meta" . | nindent 2 }}
automountServiceAccountToken: false
{{- end }}

{{- define "infra.guards" -}}
{{ include "infra.account" . }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "infra.meta" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "infra.selector" . | nindent 6 }}
{{- end }}

{{- /*
Lets in, at the port `lets`, whoever the charts declare, and at the port `metrics` whoever reads metrics; lets nothing out but to
DNS and the peers of `calls` and `externalCalls`, and where there is no list of these, nothing at all.
*/ -}}
{{- define "infra.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "infra.meta" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "infra.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              calls.souk.dev/{{ .name }}.{{ .lets }}: 'true'
      ports:
        - port: {{ .lets }}
    {{- $from := .root.Values.global.metrics.from }}
    {{- if and .metrics $from }}
    - from:
        {{- include "infra.peers" $from | trim | nindent 8 }}
      ports:
        - port: {{ .metrics }}
    {{- end }}
  {{- if hasKey . "calls" }}
  egress:
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
        {{- include "infra.peers" (list .) | trim | nindent 8 }}
      ports:
        - port: {{ .port }}
    {{- end }}
  {{- else }}
  egress: []
  {{- end }}
{{- end }}

{{- /* Peers of a policy: addresses, or pods of another namespace. */ -}}
{{- define "infra.peers" -}}
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

{{- define "infra.workload" -}}
serviceName: {{ .name }}
replicas: 1
persistentVolumeClaimRetentionPolicy:
  whenDeleted: Delete
  whenScaled: Retain
selector:
  matchLabels:
    {{- include "infra.selector" . | nindent 4 }}
volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: {{ .values.storage }}
{{- end }}

{{- define "infra.pod" -}}
serviceAccountName: {{ .name }}
{{- with get .root.Values.priorityClassName (ternary "telemetry" "stores" (eq (.component | default "store") "telemetry")) }}
priorityClassName: {{ . }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "infra.container" -}}
name: {{ .name }}
image: {{ .values.image }}
imagePullPolicy: IfNotPresent
ports:
  - name: client
    containerPort: {{ .port }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
{{ include "infra.containerSecurity" . }}
{{- end }}

{{- define "infra.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "infra.tcpProbes" -}}
startupProbe:
  tcpSocket:
    port: client
  periodSeconds: 1
  failureThreshold: 120
readinessProbe:
  tcpSocket:
    port: client
  periodSeconds: 5
livenessProbe:
  tcpSocket:
    port: client
  periodSeconds: 15
  timeoutSeconds: 5
{{- end }}

{{- /*
An ES256 key as a private JWK. Helm makes EC keys as PEM; the DER inside has a fixed layout for P-256 (RFC 5915): the private
number at byte 7, the point's two coordinates at 57 and 89, 32 bytes each.
*/ -}}
{{- define "infra.es256Jwk" -}}
{{- $pem := genPrivateKey "ecdsa" | trim | splitList "\n" -}}
{{- $der := initial (rest $pem) | join "" | b64dec -}}
{{- $d := include "infra.base64url" (substr 7 39 $der) -}}
{{- $x := include "infra.base64url" (substr 57 89 $der) -}}
{{- $y := include "infra.base64url" (substr 89 121 $der) -}}
{{- $kid := printf "%s.%s" $x $y | sha256sum | trunc 32 -}}
{{- dict "kty" "EC" "crv" "P-256" "d" $d "x" $x "y" $y "kid" $kid "alg" "ES256" "use" "sig" | toJson -}}
{{- end }}

{{- define "infra.base64url" -}}
{{- . | b64enc | replace "+" "-" | replace "/" "_" | replace "=" "" -}}
{{- end }}

{{- /* What a Secret of the cluster holds under a key; empty where there is none, as in a render without a cluster. */ -}}
{{- define "infra.kept" -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace .secret | default dict -}}
{{- get ($secret.data | default dict) .key | b64dec -}}
{{- end }}

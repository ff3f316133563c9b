#!/bin/bash
[ "${1:0:1}" != - ] || set -- mongod "$@"
exec "$@"

#!/bin/bash
cds=/opt/kafka/tools.jsa; log=/opt/kafka/config/tools-log4j2.yaml; [ -f $log ] || log=/etc/kafka/docker/tools-log4j2.yaml
if [ "$1" = kafka.Kafka ]; then cds=/opt/kafka/kafka.jsa; log=/opt/kafka/config/log4j2.yaml; [ -f $log ] || log=/etc/kafka/docker/log4j2.yaml; fi
if [ -z "${KAFKA_CDS:-}" ]; then KAFKA_CDS=-Xshare:auto; [ ! -f $cds ] || KAFKA_CDS="-Xshare:auto -XX:SharedArchiveFile=$cds"; fi
exec java ${KAFKA_HEAP_OPTS:--Xmx256m} ${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss512k} $KAFKA_CDS -Djava.awt.headless=true ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$log} $KAFKA_JMX_OPTS $KAFKA_OPTS -cp "$(cat /opt/kafka/classpath)" "$@"

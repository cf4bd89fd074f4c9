import json
import os
import time

import boto3
from botocore.exceptions import ClientError


def s3(env):
    client = boto3.client("s3")
    bucket = env["BUCKET"]
    client.put_object(Bucket=bucket, Key="a/ä 1", Body=b"text")
    client.copy_object(Bucket=bucket, Key="a/2", CopySource={"Bucket": bucket, "Key": "a/ä 1"})
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=bucket, Prefix="a/")["Contents"]]
    client.delete_object(Bucket=bucket, Key="a/ä 1")
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a/2"})
    return [keys, client.get_object(Bucket=bucket, Key="a/2")["Body"].read().decode(), url]


def sqs(env):
    client = boto3.client("sqs")
    client.send_message(QueueUrl=env["QUEUE"], MessageBody="grüß dich 🪔")
    messages = client.receive_message(QueueUrl=env["QUEUE"], WaitTimeSeconds=1)["Messages"]
    client.delete_message(QueueUrl=env["QUEUE"], ReceiptHandle=messages[0]["ReceiptHandle"])
    return messages[0]["Body"]


def sns(env):
    boto3.client("sns").publish(TopicArn=env["TOPIC"], Subject="news", Message="grüß dich 🪔")
    messages = boto3.client("sqs").receive_message(QueueUrl=env["SUBSCRIBED"], WaitTimeSeconds=1)["Messages"]
    notification = json.loads(messages[0]["Body"])
    return [notification["TopicArn"] == env["TOPIC"], notification["Subject"], notification["Message"]]


def ssm(env):
    return boto3.client("ssm").get_parameter(Name=env["PARAMETER"])["Parameter"]["Value"]


def secretsmanager(env):
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=env["SECRET"])
    return json.loads(secret["SecretString"])["user"]


def events(env):
    entry = {"Source": "shop", "DetailType": "placed", "Detail": "{}", "EventBusName": env["BUS"]}
    return boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"]


def dynamodb(env):
    client = boto3.client("dynamodb")
    put = {"Put": {"TableName": env["TABLE"], "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}}
    client.transact_write_items(TransactItems=[put])
    try:
        client.transact_write_items(TransactItems=[put])
    except client.exceptions.TransactionCanceledException as error:
        return error.response["CancellationReasons"][0]["Code"]


def partiql(env):
    client = boto3.client("dynamodb")
    client.put_item(TableName=env["TABLE"], Item={"pk": {"S": "p"}})
    return client.execute_statement(Statement=f"SELECT * FROM \"{env['TABLE']}\" WHERE pk = 'p'")["Items"]


def states(env):
    client = boto3.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=env["MACHINE"], input='{"a": 1}')["executionArn"]
    for _ in range(50):
        state = client.describe_execution(executionArn=execution)
        if state["status"] != "RUNNING":
            return [state["status"], json.loads(state["output"])]
        time.sleep(0.1)


SERVICES = [s3, sqs, sns, ssm, secretsmanager, events, dynamodb, partiql, states]


def handler(event, context):
    service = next(each for each in SERVICES if each.__name__ == event["service"])
    try:
        return service(os.environ)
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}

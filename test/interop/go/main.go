// A small Go app, to test that the generated module builds and behaves like the TypeScript package.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-mcp-lambda/cdk-mcp-lambda-go/cdkmcplambda"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Shop"), nil)

	echo := awslambda.NewFunction(stack, jsii.String("echo"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_24_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String("exports.handler = async ({ message }) => message;")),
	})

	server := cdkmcplambda.NewMcpLambdaServer(stack, jsii.String("Mcp"), &cdkmcplambda.McpLambdaServerProps{
		ServerName: jsii.String("shop"),
	})
	server.AddTool(echo, &cdkmcplambda.McpToolOptions{
		Name:        jsii.String("echo"),
		Description: jsii.String("Returns the message"),
		InputSchema: cdkmcplambda.McpSchema_FromObject(&map[string]interface{}{
			"type":       "object",
			"properties": map[string]interface{}{"message": map[string]string{"type": "string"}},
			"required":   []string{"message"},
		}),
		Annotations: &cdkmcplambda.McpToolAnnotations{ReadOnlyHint: jsii.Bool(true)},
	})

	app.Synth(nil)
}

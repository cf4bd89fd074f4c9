// A tool that reads its caller from the client context.
package main

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type Arguments struct {
	Title string `json:"title"`
}

type Ticket struct {
	Title    string `json:"title"`
	OpenedBy string `json:"openedBy"`
	Request  string `json:"request"`
}

func openTicket(ctx context.Context, arguments Arguments) (*Ticket, error) {
	call, ok := lambdacontext.FromContext(ctx)
	if !ok || arguments.Title == "" {
		return nil, errors.New("title is required")
	}
	about := call.ClientContext.Custom
	principal := about["mcpPrincipal"]
	if principal == "" {
		principal = "unknown"
	}
	return &Ticket{arguments.Title, principal, about["mcpRequestId"]}, nil
}

func main() {
	lambda.Start(openTicket)
}

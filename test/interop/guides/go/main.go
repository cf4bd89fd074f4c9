// A tool that knows who asked: the client context has what surrounds the arguments.
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
		return nil, errors.New("a ticket takes a title")
	}
	about := call.ClientContext.Custom
	principal := about["mcpPrincipal"]
	if principal == "" {
		principal = "anonymous"
	}
	return &Ticket{arguments.Title, principal, about["mcpRequestId"]}, nil
}

func main() {
	lambda.Start(openTicket)
}

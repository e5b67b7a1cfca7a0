package main

import (
	"context"
	"fmt"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Check that no line of the audit trail was changed or is missing."`
}

type auditVerifyCmd struct{ recordFlags }

// Run walks the chain.
func (c *auditVerifyCmd) Run(ctx context.Context, s streams) error {
	r, err := lookUp(ctx, c.recordFlags, s)
	if err != nil {
		return err
	}
	defer r.close()
	n, end, err := r.AuditVerify(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%d lines, none changed, none missing before the end; end %x\n", n, end)
	return err
}

// Help shows an example.
func (auditVerifyCmd) Help() string { return example("wardlight audit verify") }

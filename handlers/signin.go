package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"wardlight/views"
	"wardlight/ward"
	"wardlight/ward/fault"
	"wardlight/ward/staff"
	"wardlight/web"
)

// auditWithin bounds how long a person waits for the audit line of a sign-in.
const auditWithin = 5 * time.Second

// notRight is the one answer to an unknown user, a wrong password and a
// disabled account: it must not tell which.
const notRight = "The user name or the password is not right. Check both and try again, or ask the unit's administrator."

// People is the record of who may sign in.
type People interface {
	// Credentials finds a person by the name they sign in with. Its error is
	// fault.NotFound when there is none, or the account is disabled.
	Credentials(ctx context.Context, login string) (who staff.Person, passwordHash string, err error)
	// Names are what people are called, by id, those who have left included.
	Names(ctx context.Context) (map[string]string, error)
}

// Sessions begins and ends sign-ins.
type Sessions interface {
	Start(c echo.Context, p web.Principal) error
	End(c echo.Context) error
}

// signInForm shows the form.
func (h *Handlers) signInForm(c echo.Context) error {
	next := localPath(c.QueryParam("next"))
	if _, signedIn := person(c); signedIn {
		return c.Redirect(http.StatusSeeOther, next)
	}
	return h.drawSignIn(c, http.StatusOK, views.SignIn{Next: next})
}

// signIn lets a person in. Attempts per address are limited by
// web.LimitSignIn, which stands before it.
func (h *Handlers) signIn(c echo.Context) error {
	form := views.SignIn{User: strings.TrimSpace(c.FormValue("login")), Next: localPath(c.FormValue("next"))}
	ctx := c.Request().Context()
	who, hash, err := h.People.Credentials(ctx, form.User)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	right, err := web.CheckPassword(ctx, c.FormValue("password"), hash)
	if err != nil {
		return err
	}
	if !right {
		if who.ID != "" { // a name that nobody has may be a password in the wrong field: it is not written down
			// Written while the answer is on its way: waiting would tell a stranger that the name exists.
			go h.audit(context.WithoutCancel(ctx), ward.Audited{Actor: who.ID, Action: "sign-in-refused", Subject: string(who.ID), Detail: "wrong password"})
		}
		form.Refused = notRight
		return h.drawSignIn(c, http.StatusUnprocessableEntity, form)
	}
	if err := h.audit(ctx, ward.Audited{Actor: who.ID, Action: "sign-in", Subject: string(who.ID)}); err != nil {
		return err
	}
	principal := web.Principal{UserID: string(who.ID), Name: who.Name, Role: string(who.Role), Unit: string(who.Unit)}
	if err := h.Sessions.Start(c, principal); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, form.Next)
}

// signOut ends the session, whether or not the record can be told now.
func (h *Handlers) signOut(c echo.Context) error {
	ctx := c.Request().Context()
	if err := h.Sessions.End(c); err != nil {
		h.Log.WarnContext(ctx, "the end of a session is not recorded", "error", err)
	}
	if who, signedIn := person(c); signedIn {
		go h.audit(context.WithoutCancel(ctx), ward.Audited{Actor: who.ID, Action: "sign-out", Subject: string(who.ID)})
	}
	return c.Redirect(http.StatusSeeOther, "/signin")
}

// audit writes a line of the audit trail and returns once it is recorded.
func (h *Handlers) audit(ctx context.Context, line ward.Audited) error {
	ctx, cancel := context.WithTimeout(ctx, auditWithin)
	defer cancel()
	err := h.Ward.Submit(ctx, line, nil).Err
	if err != nil {
		h.Log.WarnContext(ctx, "an audit line is not recorded", "action", line.Action, "user_id", line.Subject, "error", err)
	}
	return err
}

func (h *Handlers) drawSignIn(c echo.Context, status int, s views.SignIn) error {
	s.Asset, s.Demo, s.Unsafe, s.Version = h.Assets.Path, h.Demo, h.Unsafe, h.Version
	s.CSRF = web.CSRFToken(c)
	return web.Render(c, status, views.SignInPage(s))
}

// localPath keeps where to go after signing in only when it leads to a page
// of ours; otherwise it is the first page.
func localPath(next string) string {
	u, err := url.Parse(next)
	switch {
	case err != nil, u.IsAbs(), u.Host != "", u.User != nil,
		!strings.HasPrefix(next, "/"), strings.HasPrefix(next, "//"), strings.ContainsAny(next, "\\\r\n\t"),
		u.Path == "/signin", u.Path == "/signout":
		return "/"
	}
	return next
}

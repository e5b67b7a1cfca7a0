package handlers

import (
	"context"
	"log/slog"
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

// SignIn lets people in and out. Wrong attempts per address are limited by
// web.LimitSignIn, which stands before Post.
type SignIn struct {
	Frame
	Log   *slog.Logger
	Users    Credentials
	Sessions interface {
		Start(c echo.Context, p web.Principal) error
		End(c echo.Context) error
	}
	Ward  Submitter
	Check func(ctx context.Context, password, hash string) (bool, error) // web.CheckPassword
}

// Credentials is the record of who may sign in.
type Credentials interface {
	// Credentials finds a person by the name they sign in with. Its error is
	// fault.NotFound when there is none, or the account is disabled.
	Credentials(ctx context.Context, login string) (who staff.Person, passwordHash string, err error)
}

// Submitter takes an event into the ward and says what became of it.
type Submitter interface {
	Submit(ctx context.Context, e ward.Event, m *ward.Message) ward.Outcome
}

// Get shows the form.
func (h SignIn) Get(c echo.Context) error {
	next := localPath(c.QueryParam("next"))
	if _, err := asker(c); err == nil {
		return c.Redirect(http.StatusSeeOther, next)
	}
	return h.form(c, http.StatusOK, views.SignIn{Next: next})
}

// Post signs in.
func (h SignIn) Post(c echo.Context) error {
	form := views.SignIn{User: strings.TrimSpace(c.FormValue("user")), Next: localPath(c.FormValue("next"))}
	ctx := c.Request().Context()
	who, hash, err := h.Users.Credentials(ctx, form.User)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	right, err := h.Check(ctx, c.FormValue("password"), hash)
	if err != nil {
		return err
	}
	if !right {
		if who.ID != "" { // a name that nobody has may be a password in the wrong field: it is not written down
			_ = h.audit(ctx, ward.Audited{Actor: who.ID, Action: "sign-in-refused", Subject: string(who.ID), Detail: "wrong password"})
		}
		form.Refused = notRight
		return h.form(c, http.StatusUnprocessableEntity, form)
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

// SignOut ends the session, whether or not the record can be told now.
func (h SignIn) SignOut(c echo.Context) error {
	who, err := asker(c)
	if err == nil {
		_ = h.audit(c.Request().Context(), ward.Audited{Actor: who.ID, Action: "sign-out", Subject: string(who.ID)})
	}
	if err := h.Sessions.End(c); err != nil {
		h.Log.WarnContext(c.Request().Context(), "the end of a session is not recorded", "error", err)
	}
	return c.Redirect(http.StatusSeeOther, "/signin")
}

func (h SignIn) audit(ctx context.Context, line ward.Audited) error {
	ctx, cancel := context.WithTimeout(ctx, auditWithin)
	defer cancel()
	return h.Ward.Submit(ctx, line, nil).Err
}

func (h SignIn) form(c echo.Context, status int, s views.SignIn) error {
	s.Asset, s.Demo, s.Unsafe, s.Version = h.Asset, h.Demo, h.Unsafe, h.Version
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

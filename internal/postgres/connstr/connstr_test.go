package connstr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/connstr"
	"github.com/pgvault/pgvault/internal/secret"
)

type want struct {
	form                 connstr.Form
	host                 string
	port                 int
	db, user, pw         string
	sslMode, sslRootCert string
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value string
		want  want
	}{
		"azure backup's own example": {
			"Server=shop.postgres.database.azure.com;Database=orders;Port=5432;User Id=backup@shop;Password=p1;Ssl Mode=Require;",
			want{connstr.ADONet, "shop.postgres.database.azure.com", 5432, "orders", "backup@shop", "p1", "require", ""},
		},
		"ado aliases in any case": {
			"DATA SOURCE=h;initial catalog=d;UID=u;pwd=p;SslMode=VerifyFull;Root Certificate=/etc/ca.pem",
			want{connstr.ADONet, "h", 0, "d", "u", "p", "verify-full", "/etc/ca.pem"},
		},
		"ado quotes": {
			`Host=h;Username="u;1";Password='a''b";=c';Database=d`,
			want{connstr.ADONet, "h", 0, "d", "u;1", `a'b";=c`, "", ""},
		},
		"ado double quotes":          {`Host=h; Password = "a""b'" ; User=u`, want{connstr.ADONet, "h", 0, "", "u", `a"b'`, "", ""}},
		"ado value with equals":      {`Server=h;User Id=u;Password=abc==`, want{connstr.ADONet, "h", 0, "", "u", "abc==", "", ""}},
		"ado keeps inner quotes":     {`Server=h;User Id=u;Password=a'b"c`, want{connstr.ADONet, "h", 0, "", "u", `a'b"c`, "", ""}},
		"ado last key wins":          {`Server=a;Server=b;Password=p`, want{connstr.ADONet, "b", 0, "", "", "p", "", ""}},
		"ado passes over others":     {`Server=h;Timeout=5;Pooling=true;Trust Server Certificate=true;Password=p`, want{connstr.ADONet, "h", 0, "", "", "p", "", ""}},
		"ado host with port":         {`Host=h:6432;Username=u;Password=p`, want{connstr.ADONet, "h", 6432, "", "u", "p", "", ""}},
		"ado with blanks in values":  {`Server=h;User Id=u;Password=a b=c d`, want{connstr.ADONet, "h", 0, "", "u", "a b=c d", "", ""}},
		"ado password only":          {`Password=p;`, want{connstr.ADONet, "", 0, "", "", "p", "", ""}},
		"ado over lines":             {"Server=h;\r\nUser Id=u;\r\nPassword=p;\r\n", want{connstr.ADONet, "h", 0, "", "u", "p", "", ""}},
		"uri":                        {"postgresql://u:p@h:5433/d?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem", want{connstr.URI, "h", 5433, "d", "u", "p", "verify-ca", "/etc/ca.pem"}},
		"uri percent-encoded":        {"postgres://us%40er:p%2F%3A%40%25%20+@h/d%20b", want{connstr.URI, "h", 0, "d b", "us@er", "p/:@% +", "", ""}},
		"uri ipv6":                   {"postgres://u:p@[2001:db8::1]:5433/d", want{connstr.URI, "2001:db8::1", 5433, "d", "u", "p", "", ""}},
		"uri in capitals":            {"POSTGRES://u:p@h", want{connstr.URI, "h", 0, "", "u", "p", "", ""}},
		"uri parameters override":    {"postgres://u:p@h/d?password=q&port=5&host=i&x=y", want{connstr.URI, "i", 5, "d", "u", "q", "", ""}},
		"uri ssl=true":               {"postgres://u:p@h?ssl=true", want{connstr.URI, "h", 0, "", "u", "p", "require", ""}},
		"uri password with a colon":  {"postgres://u:a:b@h/d", want{connstr.URI, "h", 0, "d", "u", "a:b", "", ""}},
		"uri without host":           {"postgresql://u:p@/d", want{connstr.URI, "", 0, "d", "u", "p", "", ""}},
		"keyword":                    {"host=h port=5432 dbname=d user=u password=p sslmode=require", want{connstr.Keyword, "h", 5432, "d", "u", "p", "require", ""}},
		"keyword quotes":             {`host = h user='u 1' password='it\'s a \\ pass' connect_timeout=10`, want{connstr.Keyword, "h", 0, "", "u 1", `it's a \ pass`, "", ""}},
		"keyword bare backslash":     {`host=h user=u password=a\ b\\c`, want{connstr.Keyword, "h", 0, "", "u", `a b\c`, "", ""}},
		"keyword with semicolon":     {"host=h user=u password=a;port=1", want{connstr.Keyword, "h", 0, "", "u", "a;port=1", "", ""}},
		"keyword password first":     {"password=a;b host=h", want{connstr.Keyword, "h", 0, "", "", "a;b", "", ""}},
		"keyword with hostaddr":      {"hostaddr=10.0.0.1 password=p", want{connstr.Keyword, "10.0.0.1", 0, "", "", "p", "", ""}},
		"keyword over lines":         {"host=h\nuser=u\npassword=p\n", want{connstr.Keyword, "h", 0, "", "u", "p", "", ""}},
		"one pair":                   {"password=p", want{connstr.Keyword, "", 0, "", "", "p", "", ""}},
		"json":                       {`{"host":"h","port":5432,"dbname":"d","username":"u","password":"p","engine":"postgres"}`, want{connstr.JSON, "h", 5432, "d", "u", "p", "", ""}},
		"json other names":           {` {"Server":"h","Port":"5433","Database":"d","UserName":"u","Password":"p","sslMode":"verify-full","tags":{"a":1}} `, want{connstr.JSON, "h", 5433, "d", "u", "p", "verify-full", ""}},
		"json password only":         {`{"password":"p=;'\" "}`, want{connstr.JSON, "", 0, "", "", `p=;'" `, "", ""}},
		"byte order mark and blanks": {"\ufeff  postgres://u:p@h \n", want{connstr.URI, "h", 0, "", "u", "p", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, form, err := connstr.Parse(secret.New(c.value))
			require.NoError(t, err)
			require.Equal(t, c.want, want{form, p.Host, p.Port, p.Database, p.User, p.Password.Reveal(), p.SSLMode, p.SSLRootCert})
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ value, problem string }{
		"nothing":                    {"", "it is empty"},
		"blanks":                     {" \n", "it is empty"},
		"a password alone":           {"c4n4ryS3cret", "a password alone"},
		"a password with equals":     {"c4n4ry=S3cret", "none of"},
		"other database":             {"mysql://c4n4ry:S3cret@h/d", "no structure"},
		"jdbc":                       {"jdbc:postgresql://c4n4ry/d?user=u&password=S3cret", "none of"},
		"no password":                {"Server=c4n4ry;User Id=S3cret;", "no password"},
		"uri without password":       {"postgres://c4n4ry@S3cret/d", "no password"},
		"ado semicolon unquoted":     {"Server=h;Password=c4n4ry;S3cret;User Id=u", "must stand in quotes"},
		"ado unclosed quote":         {"Server=h;Password='c4n4ry;User Id=S3cret", "not closed"},
		"ado text after quote":       {"Server=h;Password='c4n4ry'S3cret;", "must be doubled"},
		"ado bad port":               {"Server=h;Port=c4n4ry;Password=S3cret", "port is not a number"},
		"port zero":                  {"Server=h;Port=0;Password=c4n4ryS3cret", "port is not a number"},
		"port too high":              {"host=h port=65536 password=c4n4ryS3cret", "port is not a number"},
		"ado bad mode":               {"Server=h;Ssl Mode=c4n4ry;Password=S3cret", "TLS mode"},
		"uri at sign in password":    {"postgres://u:c4n4ry@S3cret@h/d", "%40"},
		"uri slash in password":      {"postgres://u:c4n4ry/S3cret@h/d", "%40"},
		"uri bad percent":            {"postgres://u:c4n4ry%zzS3cret@h/d", "%25"},
		"uri several hosts":          {"postgres://u:c4n4ryS3cret@a,b/d", "several hosts"},
		"uri several hosts, ports":   {"postgres://u:c4n4ryS3cret@a:1,b:2/d", "several hosts"},
		"uri unclosed address":       {"postgres://u:c4n4ryS3cret@[::1/d", "not closed"},
		"uri service":                {"postgres://u:c4n4ryS3cret@h/d?service=x", "service file"},
		"keyword several hosts":      {"host=a,b user=c4n4ry password=S3cret", "several hosts"},
		"keyword service":            {"service=c4n4ry password=S3cret", "service file"},
		"keyword unknown":            {"host=h passwort=c4n4ryS3cret", "none of libpq's"},
		"keyword unclosed quote":     {"host=h password='c4n4ryS3cret", "not closed"},
		"keyword without equals":     {"host=h c4n4ry password=S3cret", "no '='"},
		"keyword socket":             {"host=/c4n4ry password=S3cret", "socket directory"},
		"json broken":                {`{"host":"c4n4ry","password":"S3cret"`, "not valid JSON"},
		"json stray byte":            {`{"host":c4n4ry,"password":"S3cret"}`, "not valid JSON"},
		"json followed by text":      {`{"password":"S3cret"} c4n4ry`, "text follows"},
		"json password a number":     {`{"password":123412341234}`, "not a string"},
		"json host an object":        {`{"host":{"c4n4ry":1},"password":"S3cret"}`, "not a string"},
		"json two hosts":             {`{"host":"c4n4ry","server":"S3cret","password":"p"}`, "twice"},
		"json without password":      {`{"host":"c4n4ry"}`, "no password"},
		"json fractional port":       {`{"host":"h","port":5432.5,"password":"c4n4ryS3cret"}`, "port is not a number"},
		"line break in the password": {"postgres://u:c4n4ry%0AS3cret@h/d", "line break"},
		"NUL in the password":        {"postgres://u:c4n4ry%00S3cret@h/d", "NUL"},
		"a certificate":              {"-----BEGIN CERTIFICATE-----\nc4n4ryS3cret==\n-----END CERTIFICATE-----", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, form, err := connstr.Parse(secret.New(c.value))
			require.Error(t, err)
			require.Equal(t, failure.SecretFormat, failure.CodeOf(err))
			require.Empty(t, form)
			require.Zero(t, p.Host)
			require.Contains(t, err.Error(), c.problem)
			require.Contains(t, err.Error(), "ADO.NET:")
			for _, piece := range []string{"c4n4ry", "S3cret", "1234"} {
				require.NotContains(t, err.Error(), piece)
			}
		})
	}
}

// FuzzParse checks that no value makes Parse panic or appears in an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"Server=h;Password='%s';User Id=u", "postgres://u:%s@h:5/d?sslmode=require", "host=h password='%s'",
		`{"host":"h","password":"%s"}`, "%s", "=%s", "a=%s;", "%s://", "{%s", "host=[%s password=p", "Port=%s;Password=p",
	} {
		f.Add(seed)
	}
	const canary = "qQ7zC4n4ryZ7Qq"
	f.Fuzz(func(t *testing.T, shape string) {
		p, form, err := connstr.Parse(secret.New(strings.ReplaceAll(shape, "%s", canary)))
		if err == nil {
			require.NotEmpty(t, form)
			require.False(t, p.Password.IsZero())
			require.True(t, p.Port >= 0 && p.Port <= 65535)
			require.NotContains(t, p.Host, ",")
			return
		}
		require.Equal(t, failure.SecretFormat, failure.CodeOf(err))
		require.NotContains(t, err.Error(), canary)
	})
}

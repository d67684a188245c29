import { expect, test } from 'bun:test'
import { maskSecrets } from './mask.ts'

const shown = (...args: string[]): string => maskSecrets(args).join(' ')

test('the value of an option with a telling name is masked, attached or apart', () => {
  expect(shown('app', '--db-password=hunter2')).toBe('app --db-password=***')
  expect(shown('app', '--db-password', 'hunter2', '--port', '80')).toBe(
    'app --db-password *** --port 80',
  )
  expect(shown('app', '-token', 'abc')).toBe('app -token ***')
  expect(shown('app', '--client-secret=a b&c')).toBe('app --client-secret=***')
  expect(shown('app', '--api-key', 'abc')).toBe('app --api-key ***')
  expect(shown('java', '-Djavax.net.ssl.keyStorePassword=changeit', 'Main')).toBe(
    'java -Djavax.net.ssl.keyStorePassword=*** Main',
  )
  expect(shown('helm', '--set', 'a=b,db.password=hunter2')).toBe('helm --set a=b,db.password=***')
})

test('where a secret lies, and how it is called, is shown', () => {
  const words = ['git-sync', '--password-file=/etc/secret', '--secret-name', 'db', '--max-tokens=9']
  expect(shown(...words)).toBe(words.join(' '))
  expect(shown('ssh-keygen', '--ssh-key-file', '/etc/key')).toBe(
    'ssh-keygen --ssh-key-file /etc/key',
  )
})

test('an option without a value does not hide the next option', () => {
  expect(shown('app', '--use-token', '--port', '80')).toBe('app --use-token --port 80')
})

test('variables in the environment style are masked', () => {
  expect(shown('env', 'GITHUB_TOKEN=abc', 'HOME=/root', 'app')).toBe(
    'env GITHUB_TOKEN=*** HOME=/root app',
  )
  expect(shown('sh', '-c', "PGPASSWORD='a b' psql -h db; DB_PASS=x run --token abc end")).toBe(
    'sh -c PGPASSWORD=*** psql -h db; DB_PASS=*** run --token *** end',
  )
})

test('passwords and tokens in URLs are masked, host and user are not', () => {
  expect(shown('app', 'postgres://me:hunter2@db:5432/x')).toBe('app postgres://me:***@db:5432/x')
  expect(shown('app', '--url=redis://:p@ss/w0rd@db/0')).toBe('app --url=redis://:***@db/0')
  expect(shown('git', 'clone', 'https://ghtoken@example.com/x')).toBe(
    'git clone https://***@example.com/x',
  )
  expect(shown('git', 'clone', 'ssh://git@example.com:22/x')).toBe(
    'git clone ssh://git@example.com:22/x',
  )
  expect(shown('curl', 'https://h/x?page=2&token=abc&y=1')).toBe(
    'curl https://h/x?page=2&token=***&y=1',
  )
  expect(shown('app', '--url=h?token=abc')).toBe('app --url=h?token=***')
  expect(shown('app', 'http://127.0.0.1:8080/x')).toBe('app http://127.0.0.1:8080/x')
})

test('credentials in headers and JSON are masked', () => {
  expect(shown('curl', '-H', 'Authorization: Bearer abcdef')).toBe('curl -H Authorization: ***')
  expect(shown('curl', '-H', 'PRIVATE-TOKEN: abc')).toBe('curl -H PRIVATE-TOKEN: ***')
  expect(shown('curl', '-d', '{"user":"me","password":"hunter2"}')).toBe(
    'curl -d {"user":"me","password":***}',
  )
  expect(shown('sh', '-c', 'curl -H "Authorization: Basic dXNlcjpw" http://h')).toBe(
    'sh -c curl -H "Authorization: ***" http://h',
  )
})

test('programs that give a secret to one letter are known', () => {
  expect(shown('/usr/bin/mysql', '-u', 'root', '-phunter2')).toBe('/usr/bin/mysql -u root -p***')
  expect(shown('curl', '-u', 'me:hunter2', 'http://h')).toBe('curl -u *** http://h')
  expect(shown('redis-cli', '-a', 'hunter2')).toBe('redis-cli -a ***')
  expect(shown('nginx', '-p', '/srv')).toBe('nginx -p /srv')
})

test('such a program is known after others, in a script, and inside quotes in a script', () => {
  expect(shown('sudo', 'mysql', '-uroot', '-phunter2', 'db')).toBe('sudo mysql -uroot -p*** db')
  expect(shown('tini', '--', 'curl', '-sSu', 'me:hunter2', 'http://h')).toBe(
    'tini -- curl -sSu *** http://h',
  )
  expect(shown('sh', '-c', 'sleep 1; mysqldump -h db -phunter2 x | gzip -p')).toBe(
    'sh -c sleep 1; mysqldump -h db -p*** x | gzip -p',
  )
  expect(shown('sh', '-c', `ssh h "mysql '-phunter 2' x"`)).toBe(`sh -c ssh h "mysql -p*** x"`)
  expect(shown('curl -u me:hunter2 -XPUT http://h')).toBe('curl -u *** -XPUT http://h')
  expect(shown('curl', '--user=me:hunter2', '--user-agent', 'x')).toBe(
    'curl --user=*** --user-agent x',
  )
})

test('a letter that is a port here is a password after login', () => {
  expect(shown('docker', 'run', '-p', '80:80', 'nginx')).toBe('docker run -p 80:80 nginx')
  expect(shown('docker', 'login', '-u', 'me', '-p', 'hunter2')).toBe('docker login -u me -p ***')
})

test('names that end in a word for a secret are telling', () => {
  expect(shown('redis-server', '--requirepass', 'hunter2')).toBe('redis-server --requirepass ***')
  expect(shown('app', '--dbpass=hunter2', '--rpcauth=x', '--bypass=y')).toBe(
    'app --dbpass=*** --rpcauth=*** --bypass=y',
  )
  expect(shown('kubectl', '--from-literal=db=hunter2')).toBe('kubectl --from-literal=***')
  expect(shown('curl', 'https://h/b?sv=1&sig=hunter2')).toBe('curl https://h/b?sv=1&sig=***')
})

test('a user and a password before a host are masked without a scheme too', () => {
  expect(shown('app', '--dsn', 'me:hunter2@tcp(db:3306)/x')).toBe('app --dsn me:***@tcp(db:3306)/x')
  expect(shown('git', 'clone', 'https://ghtoken:x-oauth-basic@h/x')).toBe(
    'git clone https://***@h/x',
  )
  const image = 'registry:5000/nginx:1.27@sha256:abc'
  expect(shown('docker', 'run', image)).toBe(`docker run ${image}`)
  expect(shown('scp', 'git@h:file')).toBe('scp git@h:file')
})

test('quotes within a value do not end it', () => {
  expect(shown('app', '{"token":"a\\"b","x":1}')).toBe('app {"token":***,"x":1}')
  expect(shown('sh', '-c', `PASSWORD='a'"b c" run`)).toBe('sh -c PASSWORD=*** run')
  expect(shown('sh', '-c', 'curl -d "{\\"password\\":\\"hunter2\\"}"')).not.toContain('hunter2')
  expect(shown('sh', '-c', 'curl -H "Cookie: a=1; b=hunter2" x')).toBe(
    'sh -c curl -H "Cookie: ***" x',
  )
})

test('a private key is no argument to show', () => {
  const key = '-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----'
  expect(shown('app', '--cert', key)).toBe('app --cert ***')
  expect(shown('app', key.slice(0, 40))).toBe('app ***')
})

test('tokens are known by their shape', () => {
  for (const token of [`sk-${'a1'.repeat(12)}`, `npm_${'a'.repeat(36)}`, `hvs.${'a'.repeat(24)}`]) {
    expect(shown('app', token)).toBe('app ***')
  }
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'
  expect(shown('app', `ghp_${'a'.repeat(36)}`, jwt)).toBe('app *** ***')
})

test('ordinary commands stay as they are', () => {
  for (const words of [
    ['nginx: master process nginx -g daemon off;'],
    ['/usr/sbin/sshd', '-D', '-o', 'Port=22'],
    ['postgres: walwriter '],
    ['java', '-Xmx512m', '-jar', '/app/app.jar', '--server.port=8080'],
    ['python3', '-m', 'http.server', '80'],
    ['chromium --password-store=basic --type=renderer'],
    ['kube-apiserver', '--authorization-mode=Node,RBAC', '--tls-private-key-file=/p'],
  ]) {
    expect(shown(...words)).toBe(words.join(' '))
  }
})

test('a hostile command line of the greatest length is masked in linear steps', () => {
  // each of these made a naive pattern try every start against every end
  const pieces = ['a', '--', 'a:', 'a=', ' ', 'eyJ', '"', 'x://', '-a ', 'basic ', '"\\', 'a:b@']
  pieces.push('key="\\', 'key=\\"', `"' `, '" "', 'mysql -p ', 'curl -u', 'cookie: ')
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(4096 / piece.length))
    const beganMs = performance.now()
    expect(maskSecrets(['x', text]).length).toBe(2)
    expect(performance.now() - beganMs).toBeLessThan(200)
  }
})

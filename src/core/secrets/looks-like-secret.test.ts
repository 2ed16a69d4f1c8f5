import { describe, expect, test } from 'vitest'
import { looksLikeSecret } from './index.ts'

/** Put together here, so that no scanner takes this file for a leak. */
const join = (...parts: string[]) => parts.join('')
const RANDOM = 'q7Zp2LxV9tRb4NwK8sYc3HmD'
const HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const UUID = '550e8400-e29b-41d4-a716-446655440000'

describe('a value in a form that is known', () => {
  test.each([
    ['OpenAI', join('sk-', 'proj-', RANDOM)],
    ['Anthropic', join('sk-', 'ant-api03-', RANDOM, '_', RANDOM)],
    ['GitHub', join('ghp', '_', RANDOM, RANDOM)],
    ['GitHub, fine-grained', join('github', '_pat_', RANDOM, '_', RANDOM)],
    ['GitLab', join('glpat', '-', RANDOM)],
    ['Slack', join('xoxb', '-123456789012-', RANDOM)],
    ['AWS', join('AKIA', 'IOSFODNN7EXAMPLE')],
    ['Google', join('AIza', 'SyD', RANDOM, RANDOM)],
    ['Stripe', join('sk', '_live_', RANDOM)],
    ['Hugging Face', join('hf', '_', RANDOM)],
    ['npm', join('npm', '_', RANDOM, RANDOM)],
    ['SendGrid', join('SG', '.', RANDOM, '.', RANDOM)],
    ['Gantry', join('gky', '_0123456789abcdef_', RANDOM)],
    ['a session of Gantry', join('gss', '_', RANDOM)],
    ['a JSON web token', join('eyJhbGciOiJIUzI1NiJ9', '.', 'eyJzdWIiOiIxMjM0NSJ9', '.', RANDOM)],
    ['a private key', join('-----BEGIN ', 'RSA PRIVATE KEY-----\n', RANDOM, '\n-----END RSA PRIVATE KEY-----')],
    ['a private key of PKCS 8', join('-----BEGIN ', 'PRIVATE KEY-----\n', RANDOM)],
    ['a private key of OpenSSH', join('-----BEGIN ', 'OPENSSH PRIVATE KEY-----\n', RANDOM)],
    ['an authorization header', `Bearer ${RANDOM}`],
    ['an address with a password', join('postgres://app:', 'hunter2', '@db.internal:5432/app')],
    ['an address with a password only', join('redis://:', 'hunter2', '@cache:6379')],
  ])('is a secret under any name: %s', (_what, value) => {
    expect(looksLikeSecret(value, 'NOTE')).toBe(true)
    expect(looksLikeSecret(`{"some": "text with ${value} in it"}`, 'CONFIG')).toBe(true)
  })

  test('is known only where it begins a word', () => {
    expect(looksLikeSecret(join('task-', RANDOM), 'NOTE')).toBe(false)
    expect(looksLikeSecret(join('desk-', 'lamp2-', RANDOM), 'NOTE')).toBe(false)
    expect(looksLikeSecret('sk-learn-pipeline-for-texts', 'NOTE')).toBe(false)
  })
})

describe('a value that could be a key', () => {
  test.each([
    'API_KEY',
    'OPENAI_KEY',
    'apiKey',
    'GITHUB_TOKEN',
    'npm_config__authToken',
    'CLIENT_SECRET',
    'SECRET_KEY_BASE',
    'AWS_SECRET_ACCESS_KEY',
    'TOKEN_2',
    'DB_PASSWORD',
  ])('is a secret under a name such as %s', (name) => {
    for (const value of [RANDOM, HEX, `${RANDOM}+/${RANDOM}==`]) expect(looksLikeSecret(value, name), value).toBe(true)
  })

  test.each([
    'COMMIT',
    'CHECKSUM',
    'IMAGE_DIGEST',
    'CACHE_KEY',
    'IDEMPOTENCY_KEY',
    'KEYBOARD',
    'PUBLIC_KEY',
    'KEY_ID',
    'TOKEN_FILE',
    'MONKEY',
  ])('is none under %s', (name) => {
    for (const value of [RANDOM, HEX, UUID]) expect(looksLikeSecret(value, name), value).toBe(false)
  })

  test('a UUID is one under the name of a token, and none under a mere key', () => {
    expect(looksLikeSecret(UUID, 'HEROKU_API_KEY')).toBe(true)
    expect(looksLikeSecret(UUID, 'AUTH_TOKEN')).toBe(true)
    expect(looksLikeSecret(UUID, 'REQUEST_KEY')).toBe(false)
    expect(looksLikeSecret(UUID, 'REQUEST_ID')).toBe(false)
  })

  test('a password is one though people can read it', () => {
    for (const name of ['PASSWORD', 'PGPASSWORD_PASSWD', 'DB_PASS', 'keyPassphrase', 'MYSQL_PWD'])
      expect(looksLikeSecret('hunter2', name), name).toBe(true)
  })
})

describe('not a secret is', () => {
  test.each([
    ['a path', 'SSH_KEY', '/home/ada/.ssh/id_ed25519_2024_backup'],
    ['a path of Windows', 'TLS_KEY', 'C:\\Users\\ada\\keys\\server2024.pem'],
    ['a relative path', 'SIGNING_KEY', 'keys/prod/v2/server2024backup.pem'],
    ['a path under the name of a password', 'PASSWORD', '/run/secrets/db_password'],
    ['an address', 'TOKEN', 'https://login.example.com/oauth2/v2.0/token'],
    ['an address with a user', 'REPO_TOKEN', 'ssh://git@example.com/app.git'],
    ['an address with a stand-in', 'NOTE', 'postgres://app:${DB_PASSWORD}@db/app'],
    ['a sentence', 'API_KEY', 'Ask Ada for the key of the year 2024, please'],
    ['a sentence under the name of a password', 'PASSWORD', 'the one that we always use'],
    ['the name of a model', 'MODEL_KEY', 'claude-sonnet-4-5-20250929'],
    ['words with dashes', 'API_KEY', 'replace-me-with-your-own-key'],
    ['a short word', 'API_KEY', 'test'],
    ['a number', 'MAX_TOKENS', '200000'],
    ['a number under the name of a password', 'PASSWORD', '123456'],
    ['a switch', 'AUTH', 'disabled'],
    ['a stand-in', 'OPENAI_API_KEY', '${OPENAI_API_KEY}'],
    ['a reference to a secret', 'PASSWORD', 'secret:database'],
    ['a mask', 'DB_PASSWORD', '********'],
    ['nothing', 'PASSWORD', ''],
    ['what repeats itself', 'API_KEY', 'aaaaaaaaaaaaaaaaaaaaaaaa1'],
    ['the folder one is in', 'PWD', 'work1234'],
    ['a certificate', 'CA', '-----BEGIN CERTIFICATE-----\nMIIB'],
  ])('%s', (_what, name, value) => {
    expect(looksLikeSecret(value, name)).toBe(false)
  })
})

test('a long value is looked through in a short time', () => {
  const long = `${'a-'.repeat(200_000)} ${'eyJ'.repeat(50_000)} ${'sk-'.repeat(50_000)} ${'x:/'.repeat(50_000)}`
  expect(looksLikeSecret(long, 'NOTE')).toBe(false)
  for (const part of ['a/', 'a.', 'a-', '/.', 'Bearer ', 'x://', 'x://y:', '-eyJ', '<'])
    expect(looksLikeSecret(`a${part.repeat(100_000)} !`, 'API_KEY'), part).toBe(false)
})

import { describe, expect, test } from 'vitest'
import { unreachable } from '../../../src/deploy/unreachable.ts'

const noAccess =
  'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.'
const ssh = 'git@heroku.com:acme.git'
const web = 'https://git.heroku.com/acme.git'
const failed = (stderr: string, url = ssh, hasKey = false) =>
  unreachable({ stderr, destination: 'staging', url, app: 'acme', hasKey })
const https = '`heroku git:remote --app acme --remote staging` makes it https'

describe('the way out fits what git and ssh say', () => {
  test.each<[stderr: string, url: string, hint: string]>([
    [
      `Host key verification failed.\r\n${noAccess}`,
      ssh,
      `\`ssh -T git@heroku.com\` shows the key of the host and asks whether to trust it; without a terminal ${https}`,
    ],
    [
      `No ED25519 host key is known for heroku.com and you have requested strict checking.\nHost key verification failed.\n${noAccess}`,
      'ssh://git@heroku.com/acme.git',
      `\`ssh -T git@heroku.com\` shows the key of the host and asks whether to trust it; without a terminal ${https}`,
    ],
    [
      `@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n${noAccess}`,
      ssh,
      `heroku.com has another key than before: ${https}, or ask who changed it before you trust it`,
    ],
    [
      `git@heroku.work: Permission denied (publickey).\n${noAccess}`,
      'git@heroku.work:acme.git',
      `\`heroku keys:add\` gives Heroku your ssh key, \`ssh-add -l\` lists those that are offered; without one ${https}`,
    ],
    [`error: cannot run ssh: No such file or directory\nfatal: unable to fork`, ssh, `install ssh, or ${https}`],
    [
      `ssh: Could not resolve hostname heroku.example: Name or service not known\n${noAccess}`,
      'git@heroku.example:acme.git',
      'check the network and the name of the host: `git remote --verbose` shows it',
    ],
    [
      "fatal: unable to access 'https://git.heroku.com/acme.git/': Could not resolve host: git.heroku.com",
      web,
      'check the network and the name of the host: `git remote --verbose` shows it',
    ],
    [
      `ssh: connect to host heroku.com port 22: Connection timed out\n${noAccess}`,
      ssh,
      `check the network; where a firewall blocks ssh, ${https}`,
    ],
    [
      `kex_exchange_identification: Connection closed by remote host\n${noAccess}`,
      ssh,
      `check the network; where a firewall blocks ssh, ${https}`,
    ],
    [
      "fatal: unable to access 'https://git.heroku.com/acme.git/': Failed to connect to git.heroku.com port 443 after 1 ms: Connection refused",
      web,
      'check the network, and `https_proxy` if there is a proxy',
    ],
    [
      "fatal: unable to access 'https://git.heroku.com/acme.git/': SSL certificate problem: self-signed certificate in certificate chain",
      web,
      'set `http.sslCAInfo` of git to the certificate of your proxy',
    ],
    [
      `fatal: '/srv/acme.git' does not appear to be a git repository\n${noAccess}`,
      '/srv/acme.git',
      '`git remote --verbose` shows where git goes to, `parity environments` which app is meant',
    ],
    [
      "fatal: detected dubious ownership in repository at '/srv/app'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /srv/app",
      web,
      '`git config --global --add safe.directory /srv/app` trusts the repository',
    ],
    [
      "fatal: Authentication failed for 'https://git.heroku.com/acme.git/'",
      web,
      'run `heroku login`, or check `git remote --verbose`',
    ],
    ['', web, 'run `heroku login`, or check `git remote --verbose`'],
  ])('%j over %s', (stderr, url, hint) => {
    expect(failed(stderr, url).hint).toBe(hint)
  })

  test.each([
    `Host key verification failed.\n${noAccess}`,
    `git@heroku.com: Permission denied (publickey).\n${noAccess}`,
    'error: cannot run ssh: No such file or directory',
  ])('with HEROKU_API_KEY alone it is https: %j', (stderr) => {
    const hint = `\`HEROKU_API_KEY\` is for https, and this remote uses ssh: ${https}`
    expect([failed(stderr, ssh, true).hint, failed(stderr, ssh, false).hint === hint]).toEqual([hint, false])
  })

  test('a key that Heroku refuses', () => {
    expect(failed("fatal: Authentication failed for 'https://git.heroku.com/acme.git/'", web, true).hint).toBe(
      'correct `HEROKU_API_KEY`, or unset it and `heroku login`',
    )
  })

  test.each([
    "remote: !\tNo such app as acme.\nfatal: repository 'https://git.heroku.com/acme.git/' not found",
    `!\tNo such app as acme.\n${noAccess}`,
  ])('an app that is not there: %j', (stderr) => {
    expect(failed(stderr)).toMatchObject({ app: 'acme', message: 'no app `acme` is visible to this account' })
  })
})

describe('what git says is shown', () => {
  test('all of it', () => {
    expect(failed(`git@heroku.com: Permission denied (publickey).\n${noAccess}\n`).message).toBe(
      'git cannot reach staging:\n' +
        '  git@heroku.com: Permission denied (publickey).\n' +
        '  fatal: Could not read from remote repository.\n' +
        '  Please make sure you have the correct access rights\n' +
        '  and the repository exists.',
    )
  })

  test('in one line where it is one, without a password', () => {
    expect(failed("fatal: Authentication failed for 'https://me:secret@git.heroku.com/acme.git/'", web).message).toBe(
      "git cannot reach staging: fatal: Authentication failed for 'https://me:***@git.heroku.com/acme.git/'",
    )
  })

  test('nothing', () => expect(failed('').message).toBe('git cannot reach staging: no reason given'))
})

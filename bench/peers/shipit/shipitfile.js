module.exports = shipit => {
  require('shipit-deploy')(shipit)
  shipit.initConfig({
    default: {
      workspace: process.env.WORKSPACE,
      deployTo: process.env.ROOT,
      repositoryUrl: process.env.REPOSITORY,
      branch: process.env.VERSION,
      keepReleases: 5,
      deleteOnRollback: true,
      keepWorkspace: true,
      shallowClone: false,
      ignores: ['.git'],
    },
    bench: { servers: process.env.HOSTS.split(',').map(name => `root@${name}`) },
  })
}

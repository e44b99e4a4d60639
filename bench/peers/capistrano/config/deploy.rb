lock "~> 3.17"
set :application, "bench"
set :repo_url, ENV.fetch("REPOSITORY")
set :branch, ENV.fetch("VERSION", "v0")
set :deploy_to, ENV.fetch("ROOT")
set :keep_releases, 5
set :linked_files, %w[.env secret.key]
set :linked_dirs, %w[storage log uploads]
set :log_level, :info

ENV.fetch("HOSTS").split(",").each { |name| server name, roles: %w[app] }
set :ssh_options, { config: [ENV.fetch("SSH_CONFIG")], verify_host_key: :always, forward_agent: false }

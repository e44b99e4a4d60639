// Whether the programs of a host fit a server.

/** Sets sw_tool to the version of the program. */
export const toolVersion = (tool: string): string => `sw_tool=$(${tool} --version) || sw_problem tool ${tool}
sw_tool=\${sw_tool#*') '}
sw_tool=\${sw_tool%% *}`

/** After toolVersion; sw_pg_number and sw_pg_server are the server's version, as a number and in words. */
export const versionGate = (
  tool: string,
): string => `[ "$sw_pg_number" -ge 120000 ] || sw_problem version "server $sw_pg_server, at least 12"
[ "\${sw_tool%%[!0-9]*}" -ge $((sw_pg_number / 10000)) ] || sw_problem version "${tool} $sw_tool, server $sw_pg_server"`

// What is checked of policies once the whole configuration has been read: whether they call one
// another in a circle, what can never happen or is used by nobody, and the tests of `tests:`.
#pragma once

#include "config/config.hpp"
#include "config/node.hpp"
#include "config/reader.hpp"

namespace pipit::config {

/// Reports calls in a circle, and those that nest too deep or come to too many rules.
void check_calls(Reader& reader, const Node& root, const Config& config);

/// Reports errors and warnings.
void check_policies(Reader& reader, const Node& root, const Config& config);

/// True when the list begins with a policy of the operator's that accepts every route at once.
bool accepts_everything(const policy::PolicyOptions& options,
                        const std::vector<std::string>& policies);

/// Runs the tests and reports each thing that came out otherwise than expected as an error. Only of
/// a configuration without errors.
void run_policy_tests(Reader& reader, const Node& root, const Config& config);

}  // namespace pipit::config

// How answers look on a terminal: one view for each kind of answer, fed with the objects that the
// daemon sends.
#pragma once

#include <memory>

#include <nlohmann/json_fwd.hpp>

#include "cli/fields.hpp"
#include "cli/output.hpp"
#include "cli/parse.hpp"
#include "control/protocol/shown_config.hpp"

namespace pipit::cli {

class View {
 public:
  View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  virtual ~View() = default;

  /// One object of a list. Printed at once or held until end().
  virtual void row(const nlohmann::json& row, Output& out);

  /// The last object. False: what was asked for wasn't found or done (exit status 1).
  virtual bool end(const nlohmann::json& last, Output& out) = 0;
};

/// False: the prefix that was asked about is not there, or nobody announces it.
bool explains_something(const nlohmann::json& model);

/// The view for a command that the daemon answers.
std::unique_ptr<View> make_view(const Invocation& invocation);

std::unique_ptr<View> make_neighbors_view(const Invocation& invocation);
std::unique_ptr<View> make_neighbor_view();
/// What was done to many neighbors.
std::unique_ptr<View> make_many_neighbors_view();
std::unique_ptr<View> make_routes_view(const Invocation& invocation);
std::unique_ptr<View> make_route_view(const Invocation& invocation);
std::unique_ptr<View> make_explain_view();
std::unique_ptr<View> make_kernel_view();
std::unique_ptr<View> make_next_hops_view();
std::unique_ptr<View> make_groups_view();
std::unique_ptr<View> make_policies_view();
std::unique_ptr<View> make_sets_view();
std::unique_ptr<View> make_status_view();
std::unique_ptr<View> make_memory_view();
std::unique_ptr<View> make_reload_view(const Invocation& invocation);
std::unique_ptr<View> make_dry_run_view();
/// Errors and warnings of an answer about a configuration, as pipitd --check prints them.
void write_diagnostics(const Shown<control::shown::kConfigCheck>& result, Output& out);
std::unique_ptr<View> make_check_view();
/// `show config` with diff or history.
std::unique_ptr<View> make_config_list_view(const Invocation& invocation);

}  // namespace pipit::cli

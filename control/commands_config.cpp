#include "control/commands_config.hpp"

#include <optional>
#include <utility>

#include "control/checked_file.hpp"

namespace pipit::control {
namespace {

/// Passes a result on as a reply of one line.
auto respond_with_one(Respond respond) {
  return [respond = std::move(respond)](const auto& result) mutable { respond(one(result)); };
}

void dry_run(const Context& context, bool routes, Respond respond) {
  context.commands.dry_run(routes, [respond = std::move(respond)](DryRun run) mutable {
    if (!run.rows) {
      respond(one(run.plan));
      return;
    }
    respond(list(
        CursorResult<PlannedRow>(std::move(run.rows)),
        {.ending = [plan = std::move(run.plan)](JsonWriter& json) { write_members(json, plan); }}));
  });
}

}  // namespace

void show_config(const Context& context, const Arguments& arguments, Respond respond) {
  if (arguments.has("history")) {
    respond(arguments.has("diff") ? usage("show config: either history or diff")
                                  : list(context.view.config_history()));
    return;
  }
  if (!arguments.has("diff")) {
    respond(one(context.view.config()));
    return;
  }
  const std::string& file = arguments["diff"].text;
  auto text = read_checked_file(file, context.requester.user);
  if (!text) {
    respond(fail(text.error()));
    return;
  }
  context.view.config_diff(file, std::move(*text),
                           [respond = std::move(respond)](DaemonView::ConfigDiff rows) mutable {
                             respond(rows ? list(std::move(*rows)) : fail(rows.error()));
                           });
}

void reload(const Context& context, const Arguments& arguments, Respond respond) {
  const bool dry = arguments.has("dry-run");
  if (arguments.has("routes") && !dry) {
    respond(usage("reload: routes needs dry-run"));
  } else if (arguments.has("confirm") && dry) {
    respond(usage("reload: either dry-run or confirm"));
  } else if (dry) {
    dry_run(context, arguments.has("routes"), std::move(respond));
  } else {
    const auto confirm = arguments.has("confirm")
                             ? std::optional(Seconds(arguments["confirm"].number))
                             : std::nullopt;
    context.commands.reload(context.requester, confirm, respond_with_one(std::move(respond)));
  }
}

void rollback(const Context& context, const Arguments& arguments, Respond respond) {
  context.commands.rollback(arguments["number"].number, context.requester,
                            respond_with_one(std::move(respond)));
}

void check(const Context& context, const Arguments& arguments, Respond respond) {
  const std::string& file = arguments["file"].text;
  auto text = read_checked_file(file, context.requester.user);
  if (!text) {
    respond(fail(text.error()));
    return;
  }
  context.commands.check(file, std::move(*text), respond_with_one(std::move(respond)));
}

}  // namespace pipit::control

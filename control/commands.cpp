#include "control/commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "control/commands_config.hpp"
#include "control/commands_neighbors.hpp"
#include "control/commands_routes.hpp"
#include "control/reply.hpp"

namespace pipit::control {
namespace {

Reply status(const Context& context, const Arguments&) {
  return one(context.view.status());
}

Reply show_kernel(const Context& context, const Arguments&) {
  return list(context.view.open_kernel_routes(), {.ending = [&view = context.view](auto& json) {
                write_members(json, KernelEnd{view.status().kernel});
              }});
}

Reply show_next_hops(const Context& context, const Arguments&) {
  return list(context.view.open_next_hops());
}

Reply show_groups(const Context& context, const Arguments&) {
  return list(context.view.groups());
}

Reply show_policies(const Context& context, const Arguments&) {
  return list(context.view.policies());
}

Reply show_sets(const Context& context, const Arguments&) {
  return list(context.view.sets());
}

Reply show_memory(const Context& context, const Arguments&) {
  return one(context.view.memory());
}

Reply confirm(const Context& context, const Arguments&) {
  return done(context.commands.confirm(context.requester));
}

struct Handler {
  std::string_view command;
  Reply (*run)(const Context&, const Arguments&);
  /// In place of `run`: answers later.
  void (*begin)(const Context&, const Arguments&, Respond) = nullptr;
};

constexpr std::array kHandlers{
    Handler{"status", status},
    Handler{"show neighbors", show_neighbors},
    Handler{"show neighbor", show_neighbor},
    Handler{"show routes", show_routes},
    Handler{"show route", show_route},
    Handler{"show kernel", show_kernel},
    Handler{"show next-hops", show_next_hops},
    Handler{"show groups", show_groups},
    Handler{"show policies", show_policies},
    Handler{"show sets", show_sets},
    Handler{"show memory", show_memory},
    Handler{"show config", nullptr, show_config},
    Handler{"explain", explain},
    Handler{"explain neighbor", explain_neighbor},
    Handler{"neighbor enable", enable_neighbor},
    Handler{"neighbor disable", disable_neighbor},
    Handler{"neighbor reset", reset_neighbor},
    Handler{"neighbor refresh", refresh_neighbor},
    Handler{"neighbors enable", enable_neighbors},
    Handler{"neighbors disable", disable_neighbors},
    Handler{"neighbors reset", reset_neighbors},
    Handler{"neighbors refresh", refresh_neighbors},
    Handler{"group enable", enable_neighbors},
    Handler{"group disable", disable_neighbors},
    Handler{"group reset", reset_neighbors},
    Handler{"group refresh", refresh_neighbors},
    Handler{"reload", nullptr, reload},
    Handler{"confirm", confirm},
    Handler{"rollback", nullptr, rollback},
    Handler{"check", nullptr, check},
};

}  // namespace

bool has_handler(std::string_view command) {
  return std::ranges::find(kHandlers, command, &Handler::command) != kHandlers.end();
}

void answer(const Context& context, const Request& request, Respond respond) {
  const auto handler = std::ranges::find(kHandlers, request.command->name, &Handler::command);
  if (handler == kHandlers.end()) {
    respond(usage(fmt::format("unknown command \"{}\"", request.command->name)));
  } else if (handler->begin != nullptr) {
    handler->begin(context, request.arguments, std::move(respond));
  } else {
    respond(handler->run(context, request.arguments));
  }
}

std::string done_line(std::size_t total, bool truncated, const ListOptions& options) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  write_members(json, ListEnd{total, truncated});
  if (options.ending) {
    options.ending(json);
  }
  json.end_object();
  line += '\n';
  return line;
}

std::string failure_line(const Refusal& refusal) {
  return error_line(
      {refusal.kind == Refusal::Kind::NotFound ? ErrorCode::NotFound : ErrorCode::Refused,
       refusal.text});
}

}  // namespace pipit::control

// `explain PREFIX to NAME`: why a receiver has a route or has it not.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "control/refusals.hpp"
#include "daemon/show/explain.hpp"
#include "daemon/show/kernel_view.hpp"
#include "daemon/show/neighbor_view.hpp"
#include "daemon/show/route_cursor.hpp"

namespace pipit::daemon {
namespace {

using control::ExplainToModel;
using policy::Step;
using Result = Step::Result;

std::string session_text(const bgp::PeerStatus& status) {
  std::string text(bgp::to_string(status.state));
  if (status.held_by == bgp::HeldBy::Administrator) {
    text += ", administratively down";
  } else if (!status.established_at && status.record->session_error()) {
    text += fmt::format("; last error: {}", status.record->session_error()->what);
  } else if (!status.established_at && status.record->connect_trouble()) {
    text += fmt::format("; {}", status.record->connect_trouble()->what.text);
  }
  return text;
}

/// "1 change", "2 changes".
std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// "12 seconds ago".
std::string ago(net::Duration time) {
  const auto passed = std::chrono::duration_cast<control::Seconds>(time).count();
  const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0));
  return (seconds < 120    ? counted(seconds, "second")
          : seconds < 7200 ? counted(seconds / 60, "minute")
                           : counted(seconds / 3600, "hour")) +
         " ago";
}

std::string when_text(const rib::SentBetween& sent, net::TimePoint now) {
  const std::string latest = ago(now - sent.to);
  const std::string earliest = ago(now - sent.from);
  return latest == earliest ? latest : fmt::format("between {} and {}", earliest, latest);
}

/// Why the update group has not sent it yet.
std::string pending_text(const rib::ExportExplanation& why) {
  return !why.built ? "not yet: the update group walks the table for the first time"
         : why.lag > 0
             ? fmt::format("not yet: the update group has {} to go", counted(why.lag, "change"))
         : why.slow ? "not yet: this neighbor reads slowly and gets what it lacks bit by bit"
                    : "not yet: this neighbor still gets what it lacks";
}

/// Where the route is on its way out, once every rule has let it pass.
Step delivery_step(const rib::ExportExplanation& why,
                   const std::optional<rib::SentBetween>& sent,
                   const ExplainToModel& model,
                   net::TimePoint now) {
  if (why.verdict == rib::ExportVerdict::TooLarge) {
    return explain_step("sent", Result::Stopped, "the attributes do not fit one message");
  }
  if (!sent || model.delivery == control::Delivery::Pending) {
    return explain_step("sent", Result::Noted, pending_text(why));
  }
  const std::string when = when_text(*sent, now);
  return model.delivery == control::Delivery::Queued
             ? explain_step(
                   "sent", Result::Noted,
                   fmt::format("in the write queue, put there {}: the neighbor has yet to read "
                               "what is in front of it; {} {}",
                               when, counted(model.write_queue, "octet"),
                               model.write_queue == 1 ? "waits" : "wait"))
             : explain_step("sent", Result::Passed, "sent " + when);
}

std::string verdict(const rib::ExportExplanation& why) {
  if (why.verdict == rib::ExportVerdict::PolicyRejected) {
    return "not advertised: " + rib::describe(why.policy, why.policy_name);
  }
  return why.text;
}

}  // namespace

std::expected<ExplainToModel, control::Refusal> Explainer::to(const net::RouteKey& key,
                                                              std::string_view name) const {
  ExplainToModel model;
  model.key = key;
  model.to = name;
  if (name == "kernel") {
    return to_kernel(std::move(model));
  }
  const Neighbor* const neighbor = parts_.speaker.find(name);
  if (neighbor == nullptr) {
    return std::unexpected(control::no_neighbor(name));
  }
  const bool session = add_session(*neighbor, key.family, model.steps);
  const bool best = add_best(model);
  if (session && best) {
    add_export(*neighbor, model);
    return model;
  }
  const auto stopped = std::ranges::find(model.steps, Result::Stopped, &Step::result);
  model.verdict = "not advertised: " + stopped->text;
  return model;
}

/// False: nothing of the family can go over the session now.
bool Explainer::add_session(const Neighbor& neighbor,
                            net::Family family,
                            std::vector<Step>& steps) const {
  const bgp::PeerStatus status = neighbor.peer->status();
  const bool established = neighbor.member.has_value();
  const std::string session = session_text(status);
  steps.push_back(explain_step("session", established ? Result::Passed : Result::Stopped,
                               established ? session : "the session is " + session));
  if (!established) {
    return false;
  }
  const std::size_t index = *net::family_index(family);
  const bool active = neighbor.peer->negotiated().families[index].active;
  const std::string name(net::to_string(family));
  steps.push_back(explain_step("family", active ? Result::Passed : Result::Stopped,
                               active ? name + " is negotiated"
                                      : fmt::format("{} is not negotiated: {}", name,
                                                    neighbor.config.session.families[index]
                                                        ? "the neighbor did not offer it"
                                                        : "it is not configured for this neighbor"),
                               "RFC 4760 §8"));
  return active;
}

/// False: there is no best path.
bool Explainer::add_best(ExplainToModel& model) const {
  const Decided all = decided(model.key, rib::VoidPaths::Skip);
  const auto best = std::ranges::find(all.paths, true, &rib::PathView::best);
  if (best == all.paths.end()) {
    model.steps.push_back(explain_step(
        "best-path", Result::Stopped,
        all.paths.empty() ? fmt::format("there is no route to exactly {}", model.key.to_string())
                          : "there is no best path"));
    return false;
  }
  model.best = route_row(parts_.rib, *best);
  model.steps.push_back(
      explain_step("best-path", Result::Passed, fmt::format("from {}", model.best->source)));
  return true;
}

void Explainer::add_export(const Neighbor& neighbor, ExplainToModel& model) const {
  const net::Family family = model.key.family;
  const rib::DestinationId id = parts_.rib.table(family).find(model.key);
  rib::Trace trace;
  const rib::ExportExplanation why =
      parts_.groups.explain_export(*neighbor.member, family, id, &trace);
  std::ranges::move(trace.steps, std::back_inserter(model.steps));
  model.sent = parts_.groups.advertised(*neighbor.member, family, id);
  model.advertised = model.sent.has_value();
  model.write_queue = neighbor.peer->queued_octets();
  const auto sent = parts_.groups.sent(*neighbor.member, family, id);
  if (sent) {
    const net::Present present = parts_.loop.present();
    model.sent_from = present.wall_time(sent->from);
    model.sent_to = present.wall_time(sent->to);
  }
  if (why.verdict == rib::ExportVerdict::Pending) {
    model.delivery = control::Delivery::Pending;
  } else if (model.advertised) {
    model.delivery = neighbor.peer->queued(model.key) == bgp::QueuedRoute::Announced
                         ? control::Delivery::Queued
                         : control::Delivery::Written;
  }
  if (why.attributes) {
    model.steps.push_back(delivery_step(why, sent, model, parts_.loop.now()));
  } else if (model.advertised) {
    model.steps.push_back(explain_step(
        "sent", Result::Noted, "an earlier path is still advertised; it is about to be withdrawn"));
  }
  for (control::GroupRow& row : group_rows(parts_.groups, parts_.speaker)) {
    if (row.id == parts_.groups.group_number(*neighbor.member, family)) {
      model.group = std::move(row);
    }
  }
  model.verdict = verdict(why);
}

ExplainToModel Explainer::to_kernel(ExplainToModel model) const {
  const bool best = add_best(model);
  const bool takes = bgp::family_row(model.key.family).kernel;
  if (!takes) {
    model.steps.push_back(explain_step("family", Result::Stopped,
                                       fmt::format("{} routes are not for the kernel's tables",
                                                   net::to_string(model.key.family))));
  }
  if (takes && best) {
    const net::Family family = model.key.family;
    const rib::DestinationId id = parts_.rib.table(family).find(model.key);
    model.installed = KernelView(parts_.kernel).explain_export(family, id, model.steps);
    model.advertised =
        model.installed && model.installed->state == control::KernelRouteRow::State::Installed;
  }
  const auto stopped = std::ranges::find(model.steps, Result::Stopped, &Step::result);
  model.verdict = stopped != model.steps.end() ? "not in the kernel: " + stopped->text
                  : model.advertised           ? "in the kernel"
                                               : "about to be written to the kernel";
  return model;
}

}  // namespace pipit::daemon

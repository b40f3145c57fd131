#include <filesystem>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "control/session.hpp"
#include "net/asio_loop.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/control/running_server.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::Connection;
using control::test::FakeDaemon;
using control::test::RunningServer;
using control::test::TemporaryDirectory;
using nlohmann::json;

namespace {

constexpr const char* kStatus = "{\"command\":\"status\"}\n";
constexpr const char* kRoutes = "{\"command\":\"show routes\"}\n";
constexpr const char* kReload = "{\"command\":\"reload\"}\n";

bool alive(const RunningServer& server) {
  Connection client(server.socket());
  client.send(kStatus);
  const auto answer = client.read_answer();
  return answer.size() == 1 && json::parse(answer[0])["hostname"] == "node-a";
}

}  // namespace

TEST_CASE("A client asks again and again over one connection, also ahead of the answers") {
  RunningServer server;
  Connection client(server.socket());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.send(kStatus));
    CHECK(client.read_answer().size() == 1);
  }
  REQUIRE(client.send(std::string(kStatus) + kRoutes + kStatus));
  CHECK(client.read_answer().size() == 1);
  CHECK(client.read_answer().size() == 7);
  CHECK(client.read_answer().size() == 1);
}

TEST_CASE("A request in single octets is a request") {
  RunningServer server;
  Connection client(server.socket());
  for (const char octet : std::string_view(kStatus)) {
    REQUIRE(client.send({&octet, 1}));
  }
  CHECK(client.read_answer().size() == 1);
}

TEST_CASE("A usage error leaves the session open") {
  RunningServer server;
  Connection client(server.socket());
  client.send("{\"command\":\"dance\"}\n");
  CHECK(json::parse(client.read_answer().at(0))["code"] == "usage");
  client.send(kStatus);
  CHECK(client.read_answer().size() == 1);
}

TEST_CASE("Rubbish gets an error answer and the session ends") {
  RunningServer server;
  const std::string rubbish[]{
      "\n",
      "hello\n",
      "{\n",
      "[]\n",
      "null\n",
      "{\"command\":7}\n",
      "{\"args\":{}}\n",
      "{\"command\":\"status\",\"args\":[]}\n",
      "{\"command\":\"status\",\"extra\":1}\n",
      "{\"command\":\"status\"}{\"command\":\"status\"}\n",
      std::string("\0\0\0\0\n", 5),
      std::string("{\"command\":\"sta\0tus\"}\n", 22),
      "{\"command\":\"\xff\xfe\"}\n",
      std::string(60'000, '[') + "\n",
      std::string(60'000, '{') + "\n",
      std::string(70'000, ' ') + "\n",
      std::string(1 << 20, 'x'),
      std::string(1 << 20, '\0') + "\n",
  };
  for (const std::string& text : rubbish) {
    INFO(text.substr(0, 40) << " (" << text.size() << " octets)");
    Connection client(server.socket());
    client.send(text);
    const auto line = client.read_line();
    REQUIRE(line);
    CHECK(json::parse(*line)["code"] == "protocol");
    CHECK_FALSE(client.read_line());
  }
  CHECK(alive(server));
  CHECK(server.eventually([](FakeDaemon&, Server& control) { return control.clients() == 0; }));
}

TEST_CASE("After a half close the answer still comes, a half request is an error") {
  RunningServer server;
  Connection client(server.socket());
  client.send(kRoutes);
  client.half_close();
  CHECK(client.read_answer().size() == 7);
  CHECK_FALSE(client.read_line());
  Connection half(server.socket());
  half.send("{\"command\":\"sta");
  half.half_close();
  CHECK(json::parse(half.read_line().value_or("{}"))["code"] == "protocol");
  CHECK_FALSE(half.read_line());
}

TEST_CASE("While one client waits for a reload others are served") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.reload_waits = true; });
  Connection client(server.socket());
  client.send(kReload);
  REQUIRE(server.eventually([](FakeDaemon& daemon, Server&) { return bool(daemon.reload_done); }));
  CHECK(alive(server));
  server.with([](FakeDaemon& daemon, Server&) { daemon.reload_done({.ok = true, .keys = 7}); });
  CHECK(json::parse(client.read_answer().at(0))["keys"] == 7);
  server.with([](FakeDaemon& daemon, Server&) { daemon.reload_waits = false; });
  client.send(kReload);
  CHECK(client.read_answer().size() == 1);
}

TEST_CASE("A result whose client has gone goes nowhere") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.reload_waits = true; });
  const auto waits = [](FakeDaemon& daemon, Server&) { return bool(daemon.reload_done); };
  const auto finish = [](FakeDaemon& daemon, Server&) {
    std::exchange(daemon.reload_done, {})({.ok = true});
  };
  {
    Connection client(server.socket());
    client.send(kReload);
    REQUIRE(server.eventually(waits));
  }
  server.with(finish);
  CHECK(server.eventually([](FakeDaemon&, Server& control) { return control.clients() == 0; }));
  // Or whose server has stopped.
  Connection client(server.socket());
  client.send(kReload);
  REQUIRE(server.eventually(waits));
  server.with([](FakeDaemon&, Server& control) { control.stop(); });
  CHECK_FALSE(client.read_line());
  server.with(finish);
}

TEST_CASE("A client that doesn't read stops its own cursor and nobody else") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 1'000'000; });
  Connection slow(server.socket());
  slow.send(kRoutes);
  std::size_t given = 0;
  std::size_t before = 1;
  // Once the socket's buffers are full the walk stands still, while others are served.
  while (given == 0 || given != before) {
    REQUIRE(alive(server));
    before = given;
    server.with([&](FakeDaemon& daemon, Server&) { given = daemon.rows_given; });
  }
  server.with([](FakeDaemon& daemon, Server&) { CHECK(daemon.open_cursors == 1); });
  CHECK(given < 100'000);
}

TEST_CASE("A client that goes in the middle of an answer frees its cursor") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 1'000'000; });
  {
    Connection client(server.socket());
    client.send(kRoutes);
    REQUIRE(client.read_line());
    server.with([](FakeDaemon& daemon, Server&) { CHECK(daemon.open_cursors == 1); });
  }
  CHECK(server.eventually([](FakeDaemon& daemon, Server& control) {
    return daemon.open_cursors == 0 && control.clients() == 0;
  }));
  CHECK(alive(server));
}

TEST_CASE("A long answer comes complete and in small steps") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 20'000; });
  Connection client(server.socket());
  client.send(kRoutes);
  const auto answer = client.read_answer();
  REQUIRE(answer.size() == 40'001);
  CHECK(json::parse(answer.back()) == json{{"done", true}, {"total", 40'000}});
  CHECK(json::parse(answer[39'999])["prefix"] == "10.78.31.0/24");
  server.with([](FakeDaemon& daemon, Server&) {
    CHECK(daemon.calls_of_cursors >= 2'500);
    CHECK(daemon.open_cursors == 0);
  });
}

TEST_CASE("A hundred clients at once all get their answers") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 200; });
  std::vector<Connection> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(server.socket());
    REQUIRE(clients.back().send(kRoutes));
  }
  for (Connection& client : clients) {
    CHECK(client.read_answer().size() == 401);
  }
}

TEST_CASE("When there are too many clients the quietest one makes room") {
  RunningServer server;
  std::vector<Connection> clients;
  for (std::size_t i = 0; i < Server::kMaxClients; ++i) {
    clients.emplace_back(server.socket());
    REQUIRE(clients.back().send(kStatus));
    REQUIRE(clients.back().read_answer().size() == 1);
  }
  clients.front().send(kStatus);
  REQUIRE(clients.front().read_answer().size() == 1);
  CHECK(alive(server));
  CHECK_FALSE(clients[1].read_line());
  clients.front().send(kStatus);
  CHECK(clients.front().read_answer().size() == 1);
}

TEST_CASE("Stopping closes clients, frees cursors and removes the socket file") {
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) { daemon.destinations = 1'000'000; });
  Connection client(server.socket());
  client.send(kRoutes);
  REQUIRE(client.read_line());
  server.with([](FakeDaemon& daemon, Server& control) {
    control.stop();
    CHECK(daemon.open_cursors == 0);
    CHECK(control.clients() == 0);
  });
  CHECK_FALSE(std::filesystem::exists(server.socket()));
  CHECK_FALSE(Connection(server.socket()).connected());
  server.with([](FakeDaemon&, Server& control) { CHECK(control.start()); });
  CHECK(alive(server));
}

TEST_CASE("The socket file has mode 0660, and its directory is made") {
  RunningServer server;
  struct stat status{};
  REQUIRE(::lstat(server.socket().c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 07777) == 0660);
}

TEST_CASE("A second server doesn't take a live socket, and takes a stale one over") {
  RunningServer first;
  FakeDaemon daemon;
  net::AsioLoop loop;
  Server second(loop, {first.socket(), ""}, {daemon, daemon});
  CHECK(second.start().error() == "another daemon listens at " + first.socket());
  CHECK(alive(first));

  // A daemon that was killed leaves its file: a hard link to it stays when the server goes.
  const std::string stale = first.directory().path("stale.sock");
  std::filesystem::create_hard_link(first.socket(), stale);
  first.with([](FakeDaemon&, Server& control) { control.stop(); });
  REQUIRE(std::filesystem::exists(stale));
  Server heir(loop, {stale, "no-such-group"}, {daemon, daemon});
  CHECK(heir.start());
  CHECK(Connection(stale).connected());
}

TEST_CASE("What isn't a socket is never replaced, and bad paths are errors") {
  TemporaryDirectory directory;
  FakeDaemon daemon;
  net::AsioLoop loop;
  const std::string file = directory.path("file");
  std::ofstream(file) << "precious";
  CHECK(Server(loop, {file, ""}, {daemon, daemon}).start().error() ==
        file + " is there and not a socket");
  CHECK(std::filesystem::file_size(file) == 8);
  CHECK_FALSE(Server(loop, {"", ""}, {daemon, daemon}).start());
  CHECK_FALSE(Server(loop, {std::string(200, 'x'), ""}, {daemon, daemon}).start());
  CHECK_FALSE(Server(loop, {file + "/sub/pipit.sock", ""}, {daemon, daemon}).start());
}

TEST_CASE("A server that stops leaves the file of its successor alone") {
  TemporaryDirectory directory;
  FakeDaemon daemon;
  net::AsioLoop loop;
  const std::string path = directory.path("pipit.sock");
  Server first(loop, {path, ""}, {daemon, daemon});
  REQUIRE(first.start());
  std::filesystem::remove(path);
  Server second(loop, {path, ""}, {daemon, daemon});
  REQUIRE(second.start());
  first.stop();
  CHECK(std::filesystem::exists(path));
}

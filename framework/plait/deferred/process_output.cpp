#include <plait/core/process_protocol.hpp>
#include <plait/deferred/process_output.hpp>

namespace plait {

namespace {

/// Of what a program says on standard error, in a message.
constexpr std::size_t kMostQuoted = 1000;

/// A program that is run for a result of type T. Says what becomes of the output, and what the
/// result is.
template <class T>
class Run : public ProcessProtocol {
 public:
  Run(std::string executable, const ProcessOutputOptions& options)
      : executable_(std::move(executable)), options_(options) {}

  /// Starts it. The canceller must not keep the protocol, which keeps the Deferred.
  static Deferred<T> start(ReactorProcess& reactor, std::shared_ptr<Run> run) {
    run->result_.emplace([weak = std::weak_ptr(run)](Deferred<T>&) {
      if (const auto alive = weak.lock()) alive->cancelled();
    });
    Deferred<T> result = *run->result_;
    try {
      reactor.spawnProcess(run, run->executable_, run->processOptions());
    } catch (...) {
      run->giveFailure(Failure());
    }
    return result;
  }

  void connectionMade() override { transport().closeStdin(); }
  void outReceived(BytesView data) override { keep(out_, data); }
  void errReceived(BytesView data) override { keep(err_, data); }
  void processEnded(const Failure& reason) override {
    if (!result_) return;
    if (!reason.check<ProcessDone>() && !reason.check<ProcessTerminated>()) {
      return giveFailure(reason);  // the reactor has gone
    }
    ended(reason);
  }

 protected:
  /// It has exited, or was ended by a signal.
  virtual void ended(const Failure& reason) = 0;

  void give(T value) {
    if (auto result = std::exchange(result_, std::nullopt)) result->callback(std::move(value));
  }
  void giveFailure(Failure failure) {
    if (auto result = std::exchange(result_, std::nullopt)) result->errback(std::move(failure));
  }
  bool waitedFor() const { return result_.has_value(); }

  void keep(Bytes& where, BytesView data) {
    if (!result_) return;
    if (options_.maxOutput != 0 && out_.size() + err_.size() + data.size() > options_.maxOutput) {
      kill();
      return giveFailure(Failure(OutputTooLong(executable_, options_.maxOutput)));
    }
    where += data;
  }

  static std::optional<int> exitCode(const Failure& reason) {
    const auto* terminated = reason.check<ProcessTerminated>();
    return terminated ? terminated->exitCode : 0;
  }

  std::string executable_;
  ProcessOutputOptions options_;
  Bytes out_;
  Bytes err_;

 private:
  ProcessOptions processOptions() const {
    ProcessOptions options;
    options.args = {executable_};
    options.args.insert(options.args.end(), options_.args.begin(), options_.args.end());
    options.env = options_.env;
    options.cwd = options_.cwd;
    return options;
  }

  void cancelled() {
    result_.reset();
    kill();
  }
  /// Closes its pipes too: a child of its own may go on printing.
  void kill() {
    transport().loseConnection();
    try {
      transport().signalProcess("KILL");
    } catch (const std::exception&) {  // it has ended, or became another user's
    }
  }

  std::optional<Deferred<T>> result_;
};

class OutputRun final : public Run<Bytes> {
 public:
  using Run::Run;

  void errReceived(BytesView data) override {
    if (options_.errortoo) return keep(out_, data);
    if (!waitedFor()) return;
    transport().loseConnection();
    giveFailure(Failure(UnexpectedErrorOutput(executable_, data)));
  }

 private:
  void ended(const Failure&) override { give(std::move(out_)); }
};

class OutputAndValueRun final : public Run<ProcessOutput> {
 public:
  using Run::Run;

 private:
  void ended(const Failure& reason) override {
    if (const auto code = exitCode(reason)) return give({std::move(out_), std::move(err_), *code});
    const auto signal = reason.check<ProcessTerminated>()->signal;
    if (!signal) return giveFailure(reason);
    giveFailure(Failure(ProcessSignalled(*signal, std::move(out_), std::move(err_))));
  }
};

class ValueRun final : public Run<int> {
 public:
  using Run::Run;

  void outReceived(BytesView) override {}
  void errReceived(BytesView) override {}

 private:
  void ended(const Failure& reason) override {
    if (const auto code = exitCode(reason)) return give(*code);
    giveFailure(reason);
  }
};

}  // namespace

UnexpectedErrorOutput::UnexpectedErrorOutput(std::string_view executable, BytesView text)
    : Error(fmt::format("{} has printed on standard error: {}", executable,
                        text.substr(0, kMostQuoted))) {}

OutputTooLong::OutputTooLong(std::string_view executable, std::size_t limit)
    : Error(fmt::format("{} has printed more than {} bytes", executable, limit)) {}

ProcessSignalled::ProcessSignalled(int signal, Bytes out, Bytes err)
    : ProcessTerminated(std::nullopt, signal), out(std::move(out)), err(std::move(err)) {}

Deferred<Bytes> getProcessOutput(ReactorProcess& reactor, std::string executable,
                                 ProcessOutputOptions options) {
  return OutputRun::start(reactor, std::make_shared<OutputRun>(std::move(executable), options));
}

Deferred<ProcessOutput> getProcessOutputAndValue(ReactorProcess& reactor, std::string executable,
                                                 ProcessOutputOptions options) {
  return OutputAndValueRun::start(
      reactor, std::make_shared<OutputAndValueRun>(std::move(executable), options));
}

Deferred<int> getProcessValue(ReactorProcess& reactor, std::string executable,
                              ProcessOutputOptions options) {
  return ValueRun::start(reactor, std::make_shared<ValueRun>(std::move(executable), options));
}

}  // namespace plait

"""Export, then Optuna over the same grid with two jobs: threads of one process, which train with
Keras `fit`."""

from __future__ import annotations

from benchmarks.rivals._base import PROCESSES, Job, Outcome, run
from benchmarks.tables import export
from benchmarks.workloads import Config


def search(job: Job) -> Outcome:
    """Train the job's configurations."""
    outcome = Outcome()
    with outcome.phase("import"):
        import optuna

        from benchmarks.rivals import _keras
    with outcome.phase("export"):
        split = export(job.conninfo, job.workload).scaled()

    def objective(trial: optuna.Trial) -> float:
        config = Config(
            trial.suggest_categorical("learning_rate", job.workload.learning_rates),
            trial.suggest_categorical("weight_decay", job.workload.weight_decays),
        )
        return _keras.fit(job.workload, config, split)

    with outcome.phase("fit"):
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=optuna.samplers.GridSampler(job.workload.space))
        study.optimize(objective, n_trials=len(job.configs), n_jobs=PROCESSES)
    for trial in study.trials:
        outcome.losses[Config(**trial.params).label] = trial.value
    return outcome


if __name__ == "__main__":
    run(search)

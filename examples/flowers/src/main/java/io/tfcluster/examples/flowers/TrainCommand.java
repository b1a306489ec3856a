package io.tfcluster.examples.flowers;

import picocli.CommandLine.Command;

/** Loads what is missing, trains, evaluates, reports. */
@Command(name = "train", description = "Trains, evaluates and writes the report (what runs without a command).")
final class TrainCommand extends Training {}

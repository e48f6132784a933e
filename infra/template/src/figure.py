"""The picture that goes with a run: where the model is right, and where it is not."""

from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix


def confusion(truth, guess, classes) -> Figure:
    """Return the counts of each true class (row) by predicted class (column)."""
    counts = confusion_matrix(truth, guess, labels=classes)
    figure, axes = _canvas()
    axes.imshow(counts, cmap="Blues")
    axes.set(xlabel="predicted", ylabel="true", xticks=range(len(classes)), yticks=range(len(classes)))
    axes.set_xticklabels(classes, rotation=45, ha="right")
    axes.set_yticklabels(classes)
    dark = counts.max() / 2
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            axes.text(column, row, int(count), ha="center", va="center", color="white" if count > dark else "black")
    return figure


def residuals(truth, guess) -> Figure:
    """Return the error (predicted - true) over the predicted value, as a density: it stays readable at any size."""
    figure, axes = _canvas()
    axes.hexbin(guess, guess - truth, gridsize=60, bins="log", cmap="Blues", mincnt=1)
    axes.axhline(0, color="black", linewidth=1)
    axes.set(xlabel="predicted", ylabel="predicted - true")
    return figure


def _canvas():
    figure = Figure(figsize=(6, 5), layout="constrained")
    return figure, figure.add_subplot()

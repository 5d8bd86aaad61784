/// The version of the toolkit: part of every recipe and of every key under which something measured is kept.
public enum KerfVersion {
  public static let current = "0.2.0"
}

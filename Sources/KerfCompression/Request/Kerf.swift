/// The toolkit itself.
public enum Kerf {
  public static let version = "0.1.0"
}
